using Graft.Coordinator;
using Graft.Evaluator;
using Graft.Faults;
using Graft.Hosting;
using Graft.Hosting.Jobs;
using Graft.Merger;
using Graft.Trainer;
using Graft.VectorStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Graft.Cli.Connections;

/// <summary>How a local server is to be.</summary>
/// <param name="Store">Folder of the artifacts, or s3://bucket/prefix.</param>
internal sealed record LocalServerSettings(string Store)
{
    /// <summary>Where gRPC listens; null for a free port on loopback.</summary>
    public string? Address { get; init; }

    /// <summary>Where /metrics listens; empty for nowhere.</summary>
    public string MetricsAddress { get; init; } = "";

    /// <summary>Whether everybody who reaches the address may do everything.</summary>
    public bool AllowsAnyone { get; init; }

    /// <summary>A server that stays: it logs to the console and takes up runs that were interrupted.</summary>
    public bool Stays { get; init; }

    /// <summary>Log to standard error instead of the log file.</summary>
    public bool LogsToConsole { get; init; }

    /// <summary>Settings of the trainer, such as "Device", where training is what it is for: it then waits for the last save, however long.</summary>
    public IReadOnlyDictionary<string, string?>? Trainer { get; init; }

    /// <summary>A variable of the environment.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;
}

/// <summary>All five services in this process, over real gRPC, with a folder or a bucket as their store.</summary>
internal sealed class LocalServer : IAsyncDisposable
{
    // For jobs to save their state; Ctrl-C leaves two seconds for everything.
    private static readonly TimeSpan _shortStop = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan _longStop = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(20);

    private readonly WebApplication _app;
    // Null for a bucket, which any number of processes share.
    private readonly StoreLock? _lock;
    private readonly TimeSpan _stopLimit;

    private LocalServer(WebApplication app, StoreLock? storeLock, TimeSpan stopLimit)
    {
        _app = app;
        _lock = storeLock;
        _stopLimit = stopLimit;
        Address = GraftHosting.BoundAddress(app);
        MetricsAddress = GraftHosting.BoundMetricsAddress(app);
    }

    public Uri Address { get; }

    public Uri? MetricsAddress { get; }

    /// <exception cref="FaultException">Precondition: another process uses the store, or the address is taken.</exception>
    public static async Task<LocalServer> StartAsync(LocalServerSettings settings, CancellationToken cancellationToken)
    {
        var storeLock = S3Store.IsMeant(settings.Store) ? null : StoreLock.Take(settings.Store);
        WebApplication? app = null;
        try
        {
            app = Build(settings, AddressOf(settings));
            await app.StartAsync(cancellationToken);
            var server = new LocalServer(app, storeLock, StopLimit(settings));
            storeLock?.Announce(server.Address, settings.Stays);
            return server;
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            await AbandonAsync();
            throw new FaultException(FaultKind.Precondition, $"{exception.Message} Choose another with --address or --metrics-address.", exception);
        }
        catch (OptionsValidationException exception)
        {
            await AbandonAsync();
            throw new FaultException(FaultKind.Precondition, string.Join(" ", exception.Failures), exception);
        }
        catch
        {
            await AbandonAsync();
            throw;
        }

        async Task AbandonAsync()
        {
            await (app?.DisposeAsync() ?? ValueTask.CompletedTask);
            storeLock?.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopJobsAsync();
            await _app.StopAsync(CancellationToken.None);
            await _app.DisposeAsync();
        }
        finally
        {
            _lock?.Dispose();
        }
    }

    // Jobs save their state through the store, which is in this process too: it serves until they are done.
    private async Task StopJobsAsync()
    {
        _app.Lifetime.StopApplication();
        var jobs = _app.Services.GetRequiredService<JobTable>();
        var began = TimeProvider.System.GetTimestamp();
        while (jobs.List(0, "").Jobs.Any(job => job.State == V1.JobState.Running) && TimeProvider.System.GetElapsedTime(began) < _stopLimit)
        {
            await Task.Delay(_look);
        }
    }

    // The port is chosen here, because the services are told each other's address before they start.
    private static string AddressOf(LocalServerSettings settings) =>
        settings.Address is null ? $"127.0.0.1:{FreePort.Find()}"
        : settings.Address is [.. var host, ':', '0'] ? $"{host}:{FreePort.Find()}"
        : settings.Address;

    private static TimeSpan StopLimit(LocalServerSettings settings) => settings.Stays || settings.Trainer is not null ? _longStop : _shortStop;

    private static WebApplication Build(LocalServerSettings settings, string address)
    {
        // The folder the command is called in is the user's: no settings are read from files there.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(LocalAccess.Settings(settings, Callable(address)));
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Hosting:Address"] = address,
            ["Hosting:MetricsAddress"] = settings.MetricsAddress,
            // The store is a folder of this machine: a cache on its disk would be a second copy.
            ["Client:CacheDiskBytes"] = "0",
            ["Coordinator:ResumeRuns"] = settings.Stays.ToString(),
        });
        builder.Configuration.AddInMemoryCollection(S3Store.Settings(settings.Store, settings.Stays, settings.Variable));
        builder.Configuration.AddInMemoryCollection(settings.Trainer?.Select(setting => KeyValuePair.Create($"Trainer:{setting.Key}", setting.Value)) ?? []);
        if (settings.Trainer?.GetValueOrDefault("Device") is { } device)
        {
            // One process has one setting, and its services share the devices.
            builder.Configuration.AddInMemoryCollection([KeyValuePair.Create<string, string?>("Evaluator:Device", device)]);
        }

        builder.AddGraftHosting();
        builder.AddVectorStore();
        builder.AddTrainer();
        builder.AddMerger();
        builder.AddEvaluator();
        builder.AddCoordinator();
        // The command line has its own hands on the signals.
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopLimit(settings));
        SetLogging(builder, settings);

        var app = builder.Build();
        app.MapGraftHosting();
        app.MapVectorStore();
        app.MapTrainer();
        app.MapMerger();
        app.MapEvaluator();
        app.MapCoordinator();
        return app;
    }

    private static void SetLogging(WebApplicationBuilder builder, LocalServerSettings settings)
    {
        if (settings.Stays)
        {
            return;
        }

        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter(null, LogLevel.Warning);
        // What the caller did wrong, the command tells its user.
        builder.Logging.AddFilter("Graft.Hosting.Faults", LogLevel.Error);
        if (settings.LogsToConsole)
        {
            builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        }
        else
        {
            var folder = S3Store.IsMeant(settings.Store) ? StoreFolder.DataFolder(settings.Variable) : settings.Store;
            Directory.CreateDirectory(folder);
            LogFile.Add(builder.Logging, Path.Combine(folder, LogFile.Name), TimeProvider.System);
        }
    }

    // Where one listens on all addresses, one calls the loopback.
    private static string Callable(string address)
    {
        var colon = address.LastIndexOf(':');
        return address[..colon] is "*" or "0.0.0.0" or "[::]" ? $"127.0.0.1{address[colon..]}" : address;
    }

    private sealed class QuietLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
