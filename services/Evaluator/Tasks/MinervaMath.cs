using System.Text.Json;
using Graft.Evaluator.Answers.Mathematics;
using Graft.Evaluator.Prompts;
using Graft.Evaluator.Requests;
using Graft.Faults;

namespace Graft.Evaluator.Tasks;

/// <summary>
/// MATH (Hendrycks et al., 2021) with the four examples of Minerva, as OLMES runs it; the score is the mean of the subjects' scores. Rows:
/// problem, solution with the answer in \boxed{}, type (the subject).
/// </summary>
internal static class MinervaMath
{
    private const int Shots = 4;
    private const int MaxNewTokens = 1024;

    /// <summary>The examples have no empty lines inside, so that one ends an answer.</summary>
    public static EvaluationTask Completion(TaskInput input) =>
        Make(input, PromptLayout.Plain("", ShotsOf(input, "Minerva:MATH:fixed")), ["Problem:", "\n\n"]);

    public static EvaluationTask Chat(TaskInput input) => Make(input, PromptLayout.Tulu(ShotsOf(input, "Minerva:MATH"), "", input.Tokenizer), []);

    private static IEnumerable<Exchange> ShotsOf(TaskInput input, string source) =>
        input.FewShot.Take(source, Shots).Select(shot => new Exchange(Ask(shot), shot.Text("solution")));

    private static string Ask(RequestLine row) => $"Problem:\n{row.Text("problem")}\n\nSolution:";

    private static EvaluationTask Make(TaskInput input, PromptLayout layout, IReadOnlyList<string> stop)
    {
        var hasSubjects = input.Rows.Any(HasSubject);
        return new EvaluationTask
        {
            Questions = [.. input.Rows.Select((row, i) => Question(row, i, layout, hasSubjects))],
            Metrics = ["exact_match", "exact_match_flex", "exact_match_text", "bits_per_byte"],
            Writing = new WritingRules(MaxNewTokens, stop),
            Shared = layout.Shared,
            IsMeanOfGroups = hasSubjects,
        };
    }

    // MATH-500 as OLMES has it names none.
    private static bool HasSubject(RequestLine row) => row.Has("type") && row.Get("type").ValueKind == JsonValueKind.String;

    private static Question Question(RequestLine row, int id, PromptLayout layout, bool hasSubjects)
    {
        var prompt = layout.Shared + layout.Ask(Ask(row));
        var solution = row.Text("solution");
        var gold = MathAnswer.OfSolution(solution) ?? throw FaultException.Invalid($"{row.Place}: \"solution\" has no answer in \\boxed{{}}.", RequestLine.Field);
        var told = layout.Lead + solution;
        return new Question
        {
            Place = row.Place,
            Id = id,
            Group = hasSubjects ? row.Text("type") : "",
            Prompt = prompt,
            Continuations = [new Continuation(prompt, told)],
            Grade = response => Judge(MathAnswer.Of(response.Written!.Text), gold, Grade.BitsPerByte(response.Scores[0], told)),
        };
    }

    private static Grade Judge(MathAnswer answer, string gold, double bits)
    {
        var strict = answer.Stated is { } stated ? MathEquivalence.Strict(stated, gold) : MathRule.None;
        var flexible = answer.Candidates
            .Select(candidate => (Text: candidate, Rule: MathEquivalence.Flexible(candidate, gold)))
            .OrderBy(candidate => candidate.Rule == MathRule.None ? int.MaxValue : (int)candidate.Rule)
            .First();
        return new Grade(
            [
                ("exact_match", strict == MathRule.None ? 0 : 1),
                ("exact_match_flex", flexible.Rule == MathRule.None ? 0 : 1),
                // What no evaluator of expressions has a part in: a lower bound of exact_match_flex, whoever computes it.
                ("exact_match_text", flexible.Rule is MathRule.Text or MathRule.HendrycksForm ? 1 : 0),
                ("bits_per_byte", bits),
            ],
            flexible.Rule != MathRule.None,
            ("extracted", flexible.Text),
            ("gold", gold),
            ("decided_by", flexible.Rule.ToString()));
    }
}
