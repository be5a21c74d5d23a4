namespace Graft.Cli.Runs;

/// <summary>Shows a run while it is followed: <see cref="LiveView"/> on a terminal, <see cref="PlainView"/> elsewhere.</summary>
internal interface IRunView
{
    /// <summary>Time between two drawings.</summary>
    TimeSpan Interval { get; }

    /// <summary>Calls <paramref name="follow"/> with what draws the run, and cleans up behind it.</summary>
    Task ShowAsync(Func<Action<V1.Run>, Task> follow);
}
