namespace Graft.Evaluator.Tasks;

/// <summary>How texts are written.</summary>
/// <param name="MaxNewTokens">Tokens at most.</param>
/// <param name="Stop">The text ends before the first of these; the end token always ends it.</param>
internal sealed record WritingRules(int MaxNewTokens, IReadOnlyList<string> Stop);

/// <summary>A task's questions, before any model has seen them.</summary>
internal sealed record EvaluationTask
{
    /// <summary>At least one, their ids distinct.</summary>
    public required IReadOnlyList<Question> Questions { get; init; }

    /// <summary>What is reported, the primary metric first.</summary>
    public required IReadOnlyList<string> Metrics { get; init; }

    /// <summary>Null when no question has a prompt.</summary>
    public WritingRules? Writing { get; init; }

    /// <summary>The text all prompts and conditional contexts begin with, which is read once; empty where they have none in common.</summary>
    public string Shared { get; init; } = "";

    /// <summary>Whether a score is the mean of its groups' means, and not of all items.</summary>
    public bool IsMeanOfGroups { get; init; }

    /// <summary>The same questions with nothing to be written: what remains is how likely the gold answers are.</summary>
    /// <param name="metric">The only metric left.</param>
    public EvaluationTask WithoutWriting(string metric) => this with
    {
        Writing = null,
        Metrics = [metric],
        Questions =
        [
            .. Questions.Select(question => question with
            {
                Prompt = null,
                Grade = response => new Grade([(metric, Grade.BitsPerByte(response.Scores[0], question.Continuations[0].Text))], null),
            }),
        ],
    };
}
