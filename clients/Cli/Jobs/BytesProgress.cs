namespace Graft.Cli.Jobs;

/// <summary>Progress of a transfer. Unlike <see cref="Progress{T}"/> it reports in order and at once.</summary>
internal sealed class BytesProgress(ProgressLine line) : IProgress<(long Done, long Total)>
{
    public void Report((long Done, long Total) value) => line.Report($"{Sizes.Text(value.Done)} of {Sizes.Text(value.Total)}");
}
