using Graft.Evaluator.Prompts;
using Graft.Faults;

namespace Graft.Evaluator.Tasks;

/// <summary>
/// The tasks known by name. ":bpb" behind a task's first part ("gsm8k:bpb::olmes") leaves the writing out and scores the gold answers only;
/// ":full" at its end ("drop::olmes:full") takes all rows where the task otherwise draws some.
/// </summary>
public static class TaskCatalog
{
    private const string BitsMark = ":bpb::";
    private const string FullMark = ":full";

    // What random.Random(1234).sample takes, in its order.
    private const uint SampleSeed = 1234;

    private static readonly Dictionary<string, (Func<TaskInput, EvaluationTask> Make, int Limit)> _tasks = new(StringComparer.Ordinal)
    {
        ["gsm8k::olmes"] = (Gsm8k.Completion, int.MaxValue),
        ["gsm8k::tulu"] = (Gsm8k.Chat, int.MaxValue),
        ["minerva_math::olmes"] = (MinervaMath.Completion, int.MaxValue),
        ["minerva_math::tulu"] = (MinervaMath.Chat, int.MaxValue),
        ["arc_challenge:mc::olmes"] = (ArcChallenge.MultipleChoice, int.MaxValue),
        ["arc_challenge:rc::olmes"] = (ArcChallenge.Cloze, int.MaxValue),
        ["drop::olmes"] = (Drop.Olmes, 1000),
        ["drop::llama3"] = (Drop.Llama3, int.MaxValue),
        ["naturalqs::olmes"] = (NaturalQuestions.Olmes, 1000),
    };

    public static IReadOnlyCollection<string> Names => _tasks.Keys;

    /// <exception cref="FaultException">Invalid: there is no such task.</exception>
    public static void Check(string name) => Parse(name);

    /// <exception cref="FaultException">Invalid: no such task, or a row or example that is not as the task needs it; it is named by file and line.</exception>
    internal static EvaluationTask Make(string name, TaskInput input)
    {
        var (task, isBits) = Parse(name);
        var rows = RecordedRows.Of(input.Rows);
        if (rows.Count > task.Limit)
        {
            rows = [.. new PythonRandom(SampleSeed).Sample(rows.Count, task.Limit).Select(i => rows[i])];
        }

        var made = task.Make(input with { Rows = rows });
        return isBits ? made.WithoutWriting("bits_per_byte") : made;
    }

    private static ((Func<TaskInput, EvaluationTask> Make, int Limit) Task, bool IsBits) Parse(string name)
    {
        var isFull = name.EndsWith(FullMark, StringComparison.Ordinal);
        var isBits = name.Contains(BitsMark, StringComparison.Ordinal);
        var plain = (isFull ? name[..^FullMark.Length] : name).Replace(BitsMark, "::", StringComparison.Ordinal);
        return _tasks.TryGetValue(plain, out var task) && !(isBits && plain.StartsWith("arc", StringComparison.Ordinal))
            ? (isFull ? task with { Limit = int.MaxValue } : task, isBits)
            : throw FaultException.Invalid($"There is no task '{name}'; these are known: {string.Join(", ", Names)}.", "recipe.task.name");
    }
}
