using Graft.Evaluator.Requests;

namespace Graft.Evaluator.Tasks;

/// <summary>A continuation to be scored after a context.</summary>
internal readonly record struct Continuation(string Context, string Text);

/// <summary>What the model said of one continuation.</summary>
/// <param name="LogLikelihood">Natural logarithm of the continuation's probability.</param>
/// <param name="Tokens">Tokens of the continuation.</param>
internal readonly record struct ChoiceScore(double LogLikelihood, int Tokens);

/// <summary>A text the model has written.</summary>
/// <param name="Text">Up to the first stop string.</param>
/// <param name="Ids">All new tokens, without the one that ended it.</param>
/// <param name="LogProbabilities">Natural log-probability of each, as the model has it whatever it is sampled at.</param>
internal sealed record WrittenText(string Text, IReadOnlyList<int> Ids, IReadOnlyList<float> LogProbabilities);

/// <summary>What the model said to a question.</summary>
/// <param name="Written">Null when nothing is generated.</param>
/// <param name="Scores">One for each of the question's continuations.</param>
internal sealed record Response(WrittenText? Written, IReadOnlyList<ChoiceScore> Scores);

/// <summary>What a task asks of a model about one row of its data.</summary>
internal sealed record Question
{
    /// <summary>Where the row stands.</summary>
    public required Place Place { get; init; }

    /// <summary>Number of the item; distinct in its task.</summary>
    public required long Id { get; init; }

    /// <summary>The part of the task it belongs to, such as a subject of MATH; empty where there are no parts.</summary>
    public string Group { get; init; } = "";

    /// <summary>To be continued; null when nothing is generated.</summary>
    public string? Prompt { get; init; }

    /// <summary>To be scored.</summary>
    public IReadOnlyList<Continuation> Continuations { get; init; } = [];

    /// <summary>Judges the model's response.</summary>
    public required Func<Response, Grade> Grade { get; init; }
}
