using Microsoft.Extensions.Hosting;

namespace Graft.Hosting.Jobs;

/// <summary>
/// Stops the jobs with the host. They are asked as soon as the host begins to stop, while Kestrel drains its connections (a watch
/// stream would hold it up otherwise), and get until the end of <see cref="HostOptions.ShutdownTimeout"/>.
/// </summary>
internal sealed class JobStop(JobTable jobs, IHostApplicationLifetime lifetime) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStopping.Register(jobs.BeginStop);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        jobs.BeginStop();
        return jobs.WaitForEndAsync(cancellationToken);
    }
}
