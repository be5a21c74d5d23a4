using Graft.Client;
using Graft.Hosting.Health;
using Graft.Hosting.Jobs;
using Graft.Modeling.Devices;
using Graft.Trainer.Metrics;
using Graft.Trainer.Rpc;
using Graft.Trainer.Training;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Graft.Trainer;

/// <summary>Wiring of the trainer.</summary>
public static class TrainerHosting
{
    public static WebApplicationBuilder AddTrainer(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<TrainerOptions>().BindConfiguration("Trainer").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddJobs();
        builder.Services.AddGraftClient();
        builder.Services.TryAddSingleton<ComputeDevices>();
        builder.Services.AddReadiness("vector-store", (provider, token) => provider.GetRequiredService<StoreClient>().CheckHealthAsync(token));
        builder.Services.AddSingleton<StepFeeds>();
        builder.Services.AddSingleton<TrainerMetrics>();
        builder.Services.AddSingleton<TrainingJob>();

        // A host that stops waits for the last saves of its jobs.
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<TrainerOptions>>((host, trainer) =>
            host.ShutdownTimeout = TimeSpan.FromTicks(Math.Max(host.ShutdownTimeout.Ticks, trainer.Value.LastSaveLimit.Ticks)));
        return builder;
    }

    public static WebApplication MapTrainer(this WebApplication app)
    {
        _ = app.Services.GetRequiredService<TrainerMetrics>();
        app.MapGrpcService<TrainerRpc>();
        app.MapJobs();
        return app;
    }
}
