using Graft.Client;
using Graft.Hosting.Health;
using Graft.Hosting.Jobs;
using Graft.Merger.Comparing;
using Graft.Merger.Extracting;
using Graft.Merger.Merging;
using Graft.Merger.Planning;
using Graft.Merger.Rpc;
using Microsoft.Extensions.Options;

namespace Graft.Merger;

/// <summary>Wiring of the merger.</summary>
public static class MergerHosting
{
    public static WebApplicationBuilder AddMerger(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<MergerOptions>().BindConfiguration(MergerOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<MergerOptions>, MergerOptionsValidator>();
        builder.Services.AddJobs();
        builder.Services.AddGraftClient();
        builder.Services.AddSingleton<MergerMetrics>();
        builder.Services.AddReadiness("vector-store", (provider, token) => provider.GetRequiredService<StoreClient>().CheckHealthAsync(token));
        builder.Services.AddSingleton<SourceReader>();
        builder.Services.AddSingleton<ExtractJob>();
        builder.Services.AddSingleton<MergeSpeed>();
        builder.Services.AddSingleton<MergeJob>();
        builder.Services.AddSingleton<CompareJob>();
        return builder;
    }

    public static WebApplication MapMerger(this WebApplication app)
    {
        _ = app.Services.GetRequiredService<MergerMetrics>();
        app.MapGrpcService<MergerRpc>();
        app.MapJobs();
        return app;
    }
}
