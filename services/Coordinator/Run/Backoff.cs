using Graft.Faults;

namespace Graft.Coordinator.Run;

/// <summary>Waiting for servers that do not answer.</summary>
internal static class Backoff
{
    private static readonly TimeSpan _first = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(30);

    /// <summary>Half a second after the first failure, doubling up to 30 seconds.</summary>
    /// <param name="failures">From 1.</param>
    public static TimeSpan After(int failures) =>
        failures > 6 ? _longest : TimeSpan.FromTicks(Math.Min(_longest.Ticks, _first.Ticks << (failures - 1)));

    /// <summary>Whether a fault passes by itself.</summary>
    public static bool Passes(FaultException fault) => fault.Kind is FaultKind.Unavailable or FaultKind.Exhausted or FaultKind.Conflict;

    /// <summary>Tries an idempotent operation until it succeeds.</summary>
    /// <exception cref="FaultException">What does not pass, or has not for so long.</exception>
    public static async Task<T> RetryAsync<T>(
        Func<CancellationToken, Task<T>> attempt, TimeSpan giveUpAfter, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await attempt(cancellationToken);
            }
            catch (FaultException fault) when (Passes(fault) && time.GetElapsedTime(began) < giveUpAfter)
            {
                await Task.Delay(fault.RetryAfter ?? After(failures), time, cancellationToken);
            }
        }
    }

    public static Task RetryAsync(
        Func<CancellationToken, Task> attempt, TimeSpan giveUpAfter, TimeProvider time, CancellationToken cancellationToken) =>
        RetryAsync(
            async token =>
            {
                await attempt(token);
                return true;
            },
            giveUpAfter,
            time,
            cancellationToken);
}
