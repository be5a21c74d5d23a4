namespace Graft.Tests.Benchmarks.Fuzzing;

/// <summary>A parser that is given hostile bytes.</summary>
internal interface IFuzzTarget : IDisposable
{
    string Name { get; }

    /// <summary>One case. Throws whatever the parser must not throw.</summary>
    /// <returns>How it ended.</returns>
    FuzzEnd Run(Random random);
}

internal enum FuzzEnd
{
    /// <summary>With the fault that callers expect.</summary>
    Refused,

    /// <summary>With a value of the right form.</summary>
    Taken,
}
