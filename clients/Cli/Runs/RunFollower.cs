using System.Diagnostics;
using Graft.Client;

namespace Graft.Cli.Runs;

/// <summary>Follows a run to its end and has it drawn.</summary>
internal static class RunFollower
{
    /// <returns>The run as it ended.</returns>
    public static async Task<V1.Run> FollowAsync(
        CoordinatorClient coordinator, string id, IRunView view, TimeProvider time, CancellationToken cancellationToken)
    {
        V1.Run? latest = null;
        await view.ShowAsync(async draw =>
        {
            var reading = ReadAsync();
            V1.Run? drawn = null;
            do
            {
                await Task.WhenAny(reading, Task.Delay(view.Interval, time, CancellationToken.None));
                if (Volatile.Read(ref latest) is { } run)
                {
                    draw(drawn = run);
                }
            }
            while (!reading.IsCompleted);

            await reading;
            if (!ReferenceEquals(drawn, latest))
            {
                draw(latest!);
            }
        });
        return latest ?? throw new UnreachableException("A watched run has at least its last state.");

        async Task ReadAsync()
        {
            await foreach (var run in coordinator.WatchAsync(id, cancellationToken))
            {
                Volatile.Write(ref latest, run);
            }
        }
    }
}
