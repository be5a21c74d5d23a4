namespace Graft.Faults;

/// <summary>An expected failure that a caller can act on. The message says what is wrong, where, and what to do.</summary>
public sealed class FaultException : Exception
{
    public FaultException(FaultKind kind, string message, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    public FaultKind Kind { get; }

    /// <summary>The field of the request that is wrong, such as "recipe.phases[0].dataset".</summary>
    public string? Field { get; init; }

    /// <summary>When to try again, for <see cref="FaultKind.Exhausted"/>.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static FaultException Invalid(string message, string? field = null, Exception? inner = null) =>
        new(FaultKind.Invalid, message, inner) { Field = field };

    public static FaultException NotFound(string message) => new(FaultKind.NotFound, message);

    public static FaultException Precondition(string message) => new(FaultKind.Precondition, message);

    public static FaultException Corrupt(string message, Exception? inner = null) => new(FaultKind.Corrupt, message, inner);
}
