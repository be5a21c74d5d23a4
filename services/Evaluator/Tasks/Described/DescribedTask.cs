using System.Globalization;
using System.Text.RegularExpressions;
using Graft.Artifacts.Recipes;
using Graft.Evaluator.Answers;
using Graft.Evaluator.Answers.Mathematics;
using Graft.Evaluator.Answers.Spans;
using Graft.Evaluator.Prompts;
using Graft.Evaluator.Requests;
using Graft.Faults;

namespace Graft.Evaluator.Tasks.Described;

/// <summary>Makes the questions of a described task.</summary>
internal static class DescribedTask
{
    /// <exception cref="FaultException">Invalid: a row or an example lacks what the description asks for; it is named by file and line.</exception>
    public static EvaluationTask Make(TaskDescription description, TaskInput input)
    {
        var shots = description.Examples is { } examples ? input.FewShot.Take(examples.List, examples.Count) : [];
        var layout = PromptLayout.Plain(description.Preface, shots.Select(shot => new Exchange(description.Prompt.Fill(shot), AnswerOf(description, shot))));
        return description.Generate is { } generate
            ? new EvaluationTask
            {
                Questions = [.. input.Rows.Select((row, i) => Written(row, i, layout.Shared + description.Prompt.Fill(row), generate))],
                Metrics = [generate.Metric == "f1" ? "f1" : "exact_match", "bits_per_byte"],
                Writing = new WritingRules(generate.MaxNewTokens, generate.Stop),
                Shared = layout.Shared,
            }
            : new EvaluationTask
            {
                Questions = [.. input.Rows.Select((row, i) => Chosen(row, i, layout.Shared + description.Prompt.Fill(row), description.Choose!))],
                Metrics = [description.Choose!.Metric, "bits_per_byte"],
                Shared = layout.Shared,
            };
    }

    private static string AnswerOf(TaskDescription description, RequestLine row)
    {
        if (description.Generate is { } generate)
        {
            return Template.Values(row, generate.Answers.Names, generate.Answers.Line)[0];
        }

        var (choices, gold) = ChoicesOf(row, description.Choose!);
        return choices[gold];
    }

    private static Question Written(RequestLine row, int id, string prompt, GenerateRules rules)
    {
        var answers = Template.Values(row, rules.Answers.Names, rules.Answers.Line);
        if (answers.Count == 0 || answers.Any(string.IsNullOrWhiteSpace))
        {
            throw FaultException.Invalid($"{row.Place}: \"{string.Join('.', rules.Answers.Names)}\" has no answer, or an empty one.", RequestLine.Field);
        }

        var told = $" {answers[0]}";
        return new Question
        {
            Place = row.Place,
            Id = id,
            Prompt = prompt,
            Continuations = [new Continuation(prompt, told)],
            Grade = response =>
            {
                var extracted = Extract(response.Written!.Text, rules);
                var score = Score(extracted ?? "", answers, rules);
                return new Grade(
                    [(rules.Metric == "f1" ? "f1" : "exact_match", score), ("bits_per_byte", Grade.BitsPerByte(response.Scores[0], told))],
                    rules.Metric == "f1" ? score == 1 : score > 0,
                    ("extracted", extracted),
                    ("gold", string.Join(" | ", answers)));
            },
        };
    }

    private static string? Extract(string text, GenerateRules rules)
    {
        if (rules.Pattern is { } pattern)
        {
            try
            {
                var last = pattern.Matches(text).LastOrDefault();
                return last is null ? null : (last.Groups.Count > 1 ? last.Groups[1] : last).Value.Trim();
            }
            catch (RegexMatchTimeoutException exception)
            {
                throw FaultException.Invalid("The description's pattern takes more than a second for one answer; write it without nested repetitions.", "recipe.described.yaml", exception);
            }
        }

        return rules.Extract switch
        {
            "last_number" => AnswerExtraction.Find(text, Extraction.LastNumber),
            "first_line" => text.Trim().Split('\n')[0].Trim(),
            _ => text.Trim(),
        };
    }

    private static double Score(string extracted, IReadOnlyList<string> answers, GenerateRules rules) => rules.Metric switch
    {
        "f1" => SquadScore.Best(extracted, answers).F1,
        "math" => answers.Any(answer => MathAnswer.Of(extracted).Candidates.Any(
            candidate => MathEquivalence.Flexible(candidate, MinervaForm.Of(Boxed.Last(answer) ?? answer)) != MathRule.None)) ? 1 : 0,
        _ => answers.Any(answer => answer.Trim() == extracted) ? 1 : 0,
    };

    private static Question Chosen(RequestLine row, int id, string prompt, ChooseRules rules)
    {
        var (choices, gold) = ChoicesOf(row, rules);
        string[] texts = [.. choices.Select(choice => $" {choice}")];
        return new Question
        {
            Place = row.Place,
            Id = id,
            Continuations = [.. texts.Select(text => new Continuation(prompt, text))],
            Grade = response => new ChoiceJudgement(texts, gold, response.Scores, []).Grade([rules.Metric, "bits_per_byte"]),
        };
    }

    private static (IReadOnlyList<string> Choices, int Gold) ChoicesOf(RequestLine row, ChooseRules rules)
    {
        var choices = Template.Values(row, rules.Choices.Names, rules.Choices.Line);
        var labels = rules.Labels is { } path ? Template.Values(row, path.Names, path.Line) : choices;
        var said = Template.Values(row, rules.Gold.Names, rules.Gold.Line)[0];
        var gold = labels.Count == choices.Count ? labels.ToList().IndexOf(said) : -1;
        if (gold < 0 && int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < choices.Count)
        {
            gold = number;
        }

        return gold >= 0
            ? (choices, gold)
            : throw FaultException.Invalid(
                $"{row.Place}: \"{string.Join('.', rules.Gold.Names)}\" is '{said}', which is none of the {choices.Count} choices: neither a label or text, nor a number from 0.",
                RequestLine.Field);
    }
}
