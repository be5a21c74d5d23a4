using Graft.Client;
using Graft.Hosting.Jobs;
using Graft.Trainer.Rpc;
using Graft.Trainer.Training;

namespace Graft.Trainer;

/// <summary>Wiring of the trainer.</summary>
public static class TrainerHosting
{
    public static WebApplicationBuilder AddTrainer(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<TrainerOptions>().BindConfiguration("Trainer").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddJobs();
        builder.Services.AddGraftClient();
        builder.Services.AddSingleton<TrainerMetrics>();
        builder.Services.AddSingleton<TrainingJob>();
        return builder;
    }

    public static WebApplication MapTrainer(this WebApplication app)
    {
        app.MapGrpcService<TrainerRpc>();
        app.MapJobs();
        return app;
    }
}
