using Graft.Evaluator.Answers.Spans;
using Graft.Evaluator.Prompts;
using Graft.Evaluator.Requests;

namespace Graft.Evaluator.Tasks;

/// <summary>
/// NQ-open (Lee et al., 2019; Kwiatkowski et al., 2019) as OLMES runs it: five examples, at most 1,000 items, scored by the rules of DROP.
/// Rows: question, answer (a list; OLMES calls it "answers").
/// </summary>
internal static class NaturalQuestions
{
    private static readonly string[] _stop = ["Question:", "Q:", "\n\n"];

    public static EvaluationTask Olmes(TaskInput input)
    {
        var shots = input.FewShot.Take("OLMES:naturalqs", 5).Select(shot => new Exchange(Ask(shot), string.Join(", ", Answers(shot))));
        var layout = PromptLayout.Plain("", shots);
        return new EvaluationTask
        {
            Questions = [.. input.Rows.Select((row, i) => Question(row, i, layout))],
            Metrics = ["f1", "exact_match", "squad_f1", "squad_exact_match", "bits_per_byte"],
            Writing = new WritingRules(50, _stop),
            Shared = layout.Shared,
        };
    }

    private static string Ask(RequestLine row) => $"Question: {row.Text("question")}\nAnswer:";

    private static IReadOnlyList<string> Answers(RequestLine row) => row.Texts(row.Has("answers") ? "answers" : "answer") is { Count: > 0 } answers
        ? answers
        : throw row.Wrong(row.Has("answers") ? "answers" : "answer", "at least one answer");

    private static Question Question(RequestLine row, int id, PromptLayout layout)
    {
        var prompt = layout.Shared + layout.Ask(Ask(row));
        var answers = Answers(row);
        // A reference whose first character is blank does not count.
        IReadOnlyList<string>[] golds = [.. answers.Where(answer => answer.Length > 0 && !char.IsWhiteSpace(answer[0])).Select(answer => new[] { answer })];
        var told = layout.Lead + answers[0];
        return new Question
        {
            Place = row.Place,
            Id = id,
            Prompt = prompt,
            Continuations = [new Continuation(prompt, told)],
            Grade = response =>
            {
                var output = response.Written!.Text;
                var (score, squad) = (SpanScore.Best(output, golds), SquadScore.Best(output, answers));
                return new Grade(
                    [
                        ("f1", score.F1), ("exact_match", score.ExactMatch), ("squad_f1", squad.F1), ("squad_exact_match", squad.ExactMatch),
                        ("bits_per_byte", Grade.BitsPerByte(response.Scores[0], told)),
                    ],
                    score.ExactMatch > 0,
                    ("extracted", output.Trim()),
                    ("gold", string.Join(" | ", answers)));
            },
        };
    }
}
