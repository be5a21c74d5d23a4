using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;

namespace Graft.Hosting.Health;

/// <summary>What the last look at something said, so that a change is told once.</summary>
internal sealed class ReadinessState(string name)
{
    private int _isAway;

    public string Name => name;

    /// <returns>Whether that is news.</returns>
    public bool Note(bool isAway) => Interlocked.Exchange(ref _isAway, isAway ? 1 : 0) != (isAway ? 1 : 0);
}

/// <summary>A look at something the host stands on.</summary>
internal sealed partial class ReadinessCheck(
    string name,
    Func<IServiceProvider, CancellationToken, Task> check,
    IServiceProvider services,
    IEnumerable<ReadinessState> states,
    IHostApplicationLifetime lifetime,
    ILogger<ReadinessCheck> logger) : IHealthCheck
{
    [SuppressMessage("Design", "CA1031", Justification = "Whatever the look fails with is the answer.")]
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var state = states.First(state => state.Name == name);
        // Looks come every few seconds and tell nothing: their calls are no traces.
        using var untraced = SuppressInstrumentationScope.Begin();
        try
        {
            await check(services, cancellationToken);
        }
        catch (Exception exception)
        {
            // A look that began before the host stopped finds its own connections closed: nothing is away.
            if (!lifetime.ApplicationStopping.IsCancellationRequested && state.Note(isAway: true))
            {
                LogAway(name, exception.Message);
            }

            return HealthCheckResult.Unhealthy($"{name}: {exception.Message}", exception);
        }

        if (state.Note(isAway: false))
        {
            LogBack(name);
        }

        return HealthCheckResult.Healthy();
    }

    [LoggerMessage(120, LogLevel.Warning, "Not ready for work, {Name} is away: {Reason}")]
    private partial void LogAway(string name, string reason);

    [LoggerMessage(121, LogLevel.Information, "Ready for work again, {Name} is back.")]
    private partial void LogBack(string name);
}
