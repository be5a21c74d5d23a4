using System.Text.Json;
using Graft.Evaluator.Prompts;
using Graft.Evaluator.Requests;
using Graft.Faults;

namespace Graft.Evaluator.Tasks;

/// <summary>
/// ARC-Challenge (Clark et al., 2018) with five examples, as OLMES runs it: the choices listed and a letter asked for (mc), or the choices'
/// own texts as continuations (rc). Rows: question, choices {text, label}, answerKey; or OLMES's own: query, choices, gold.
/// </summary>
internal static class ArcChallenge
{
    private const string Source = "OLMES:ARC-Challenge";
    private const int Shots = 5;
    private const string Cue = "Answer:";
    private static readonly string[] _likelihood = ["acc_raw", "acc_per_token", "acc_per_char", "acc_per_byte", "bits_per_byte"];

    public static EvaluationTask MultipleChoice(TaskInput input)
    {
        var shots = input.FewShot.Take(Source, Shots).Select(Item.Of).Select(item => new Exchange(item.Listed, item.Letters[item.Gold]));
        var layout = PromptLayout.Plain("", shots);
        return Make(input, layout, item => item.Listed, item => item.Letters, isUnconditional: false);
    }

    public static EvaluationTask Cloze(TaskInput input)
    {
        var shots = input.FewShot.Take(Source, Shots).Select(Item.Of).Select(item => new Exchange(item.Plain, item.Choices[item.Gold]));
        var layout = PromptLayout.Plain("", shots);
        return Make(input, layout, item => item.Plain, item => item.Choices, isUnconditional: true);
    }

    private static EvaluationTask Make(
        TaskInput input, PromptLayout layout, Func<Item, string> ask, Func<Item, IReadOnlyList<string>> choices, bool isUnconditional) => new()
        {
            Questions =
            [
                .. input.Rows.Select((row, i) =>
                {
                    var item = Item.Of(row);
                    return Question(row.Place, i, layout.Shared + ask(item), [.. choices(item).Select(choice => layout.Lead + choice)], item.Gold, isUnconditional);
                }),
            ],
            Metrics = isUnconditional ? ["acc_uncond", .. _likelihood] : _likelihood,
            Shared = layout.Shared,
        };

    private static Question Question(Place place, int id, string context, IReadOnlyList<string> texts, int gold, bool isUnconditional)
    {
        var conditional = texts.Select(text => new Continuation(context, text));
        return new Question
        {
            Place = place,
            Id = id,
            Continuations = [.. conditional, .. isUnconditional ? texts.Select(text => new Continuation(Cue, text)) : []],
            Grade = response =>
            {
                var choice = new ChoiceJudgement(texts, gold, [.. response.Scores.Take(texts.Count)], [.. response.Scores.Skip(texts.Count)]);
                return choice.Grade(isUnconditional ? ["acc_uncond", .. _likelihood] : _likelihood);
            },
        };
    }

    /// <summary>A question with its choices.</summary>
    private sealed record Item(string Question, IReadOnlyList<string> Choices, int Gold)
    {
        private const string Begin = "Question: ";
        private const string End = $"\n{Cue}";

        public IReadOnlyList<string> Letters => [.. Choices.Select((_, i) => Letter(i))];

        public string Plain => $"{Begin}{Question}{End}";

        public string Listed => $"{Begin}{Question}{string.Concat(Choices.Select((choice, i) => $"\n {Letter(i)}. {choice}"))}{End}";

        public static Item Of(RequestLine row)
        {
            var item = row.Has("query") ? OfRecorded(row) : OfPublished(row);
            return item.Gold >= 0 && item.Gold < item.Choices.Count
                ? item
                : throw FaultException.Invalid($"{row.Place} says that choice {item.Gold} is right, but has {item.Choices.Count}.", RequestLine.Field);
        }

        private static Item OfPublished(RequestLine row)
        {
            var choices = row.Part("choices");
            var (texts, labels, key) = (choices.Texts("text"), choices.Texts("label"), row.Text("answerKey"));
            // Some questions number their choices; there the key is a number too.
            var gold = labels.ToList().IndexOf(key);
            return labels.Count == texts.Count && gold >= 0
                ? new Item(row.Text("question"), texts, gold)
                : throw FaultException.Invalid($"{row.Place}: \"answerKey\" is {key}, and the choices are {string.Join(", ", labels)}.", RequestLine.Field);
        }

        private static Item OfRecorded(RequestLine row)
        {
            var (query, choices) = (row.Text("query"), row.Texts("choices"));
            var isPlain = query.StartsWith(Begin, StringComparison.Ordinal) && query.EndsWith(End, StringComparison.Ordinal) && !query.Contains("\n A. ", StringComparison.Ordinal);
            return isPlain && row.Get("gold") is { ValueKind: JsonValueKind.Number } gold && gold.TryGetInt32(out var index)
                ? new Item(query[Begin.Length..^End.Length], choices, index)
                : throw FaultException.Invalid(
                    $"{row.Place} is no row of ARC: question, choices and answerKey are expected, or the doc of a recorded cloze (rc) request.", RequestLine.Field);
        }

        private static string Letter(int choice) => ((char)('A' + choice)).ToString();
    }
}
