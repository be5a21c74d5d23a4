using Graft.Hosting.Health;
using Graft.VectorStore.Collecting;
using Graft.VectorStore.Contents;
using Graft.VectorStore.Lineage;
using Graft.VectorStore.Manifests;
using Graft.VectorStore.Names;
using Graft.VectorStore.Objects;
using Graft.VectorStore.Objects.Folders;
using Graft.VectorStore.Objects.S3;
using Graft.VectorStore.Results;
using Graft.VectorStore.Rpc;
using Graft.VectorStore.Verifying;
using Microsoft.Extensions.Options;

namespace Graft.VectorStore;

/// <summary>Wiring of the store.</summary>
public static class VectorStoreHosting
{
    public static WebApplicationBuilder AddVectorStore(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<VectorStoreOptions>().BindConfiguration(VectorStoreOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<StoreMetrics>();
        services.AddSingleton<IObjectStore>(provider =>
        {
            var options = provider.GetRequiredService<IOptions<VectorStoreOptions>>().Value;
            var time = provider.GetRequiredService<TimeProvider>();
            var metrics = provider.GetRequiredService<StoreMetrics>();
            return options.S3.IsChosen
                ? new MeasuredObjectStore(
                    new S3ObjectStore(options.S3, time, provider.GetRequiredService<ILogger<S3ObjectStore>>(), metrics), "s3", metrics, time)
                : new MeasuredObjectStore(new FolderObjectStore(options.Folder, options.Fsync, time), "folder", metrics, time);
        });
        services.AddReadiness(
            "objects",
            (provider, token) => provider.GetRequiredService<IObjectStore>().ExistsAsync("probe/readiness", token),
            "graft.v1.VectorStoreService");
        services.AddSingleton<CollectionStates>();
        services.AddSingleton<Holds>();
        services.AddHostedService<S3Start>();
        services.AddSingleton<ContentIndex>();
        services.AddSingleton<BlobStore>();
        services.AddSingleton<UploadProgress>();
        services.AddSingleton<ChunkSlots>();
        services.AddSingleton<ContentReader>();
        services.AddSingleton<ContentWriter>();
        services.AddSingleton<ManifestStore>();
        services.AddSingleton<NameStore>();
        services.AddSingleton<ResultStore>();
        services.AddSingleton<ContentLocator>();
        services.AddSingleton<ArtifactList>();
        services.AddSingleton<LineageSearch>();
        services.AddSingleton<StoreParts>();
        services.AddSingleton<Verification>();
        services.AddSingleton<GarbageCollector>();
        return builder;
    }

    public static WebApplication MapVectorStore(this WebApplication app)
    {
        // A folder that cannot hold a store stops the host before it serves.
        _ = app.Services.GetRequiredService<IObjectStore>();
        app.MapGrpcService<VectorStoreRpc>();
        return app;
    }
}
