using Graft.Client;
using Graft.Evaluator.Comparing;
using Graft.Evaluator.Jobs;
using Graft.Evaluator.Rpc;
using Graft.Hosting.Health;
using Graft.Hosting.Jobs;
using Graft.Modeling.Devices;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Graft.Evaluator;

/// <summary>Wiring of the evaluator.</summary>
public static class EvaluatorHosting
{
    public static WebApplicationBuilder AddEvaluator(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<EvaluatorOptions>().BindConfiguration("Evaluator").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddJobs();
        builder.Services.AddGraftClient();
        builder.Services.TryAddSingleton<ComputeDevices>();
        builder.Services.AddReadiness("vector-store", (provider, token) => provider.GetRequiredService<StoreClient>().CheckHealthAsync(token));
        builder.Services.AddSingleton<EvaluatorMetrics>();
        builder.Services.AddSingleton<EvaluationJob>();
        builder.Services.AddSingleton<EvaluationComparison>();
        return builder;
    }

    public static WebApplication MapEvaluator(this WebApplication app)
    {
        _ = app.Services.GetRequiredService<EvaluatorMetrics>();
        app.MapGrpcService<EvaluatorRpc>();
        app.MapJobs();
        return app;
    }
}
