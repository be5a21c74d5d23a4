namespace Graft.VectorStore.Objects.S3;

/// <summary>Starts the objects before anything that uses them, the server included: what cannot be a store stops the host.</summary>
internal sealed class S3Start(IObjectStore objects) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) =>
        (objects as MeasuredObjectStore)?.Inner is S3ObjectStore store ? store.StartAsync(cancellationToken) : Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
