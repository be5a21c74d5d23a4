namespace Graft.Cli.Jobs;

/// <summary>Progress in words. Unlike <see cref="Progress{T}"/> it reports in order and at once.</summary>
internal sealed class Reporting<T>(ProgressLine line, Func<T, string> words) : IProgress<T>
{
    public void Report(T value) => line.Report(words(value));
}
