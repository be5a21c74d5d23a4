using Graft.Client;
using Graft.Hosting;
using Graft.Tests.Network;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Graft.Tests.Services;

/// <summary>
/// Services of a test in one process, on a free port of loopback, with a store in a temporary folder. Disposing stops it, deletes the
/// folder, and fails the test when the host has logged an error that was not expected: right answers are not enough.
/// <code>
/// await using var host = await TestHost.StartAsync(
///     builder => builder.AddVectorStore().AddMerger(),
///     app => { app.MapVectorStore(); app.MapMerger(); });
/// var manifest = await host.Client.Store.GetArtifactAsync("M1", token);     // the typed client, or
/// var store = new V1.VectorStoreService.VectorStoreServiceClient(host.Channel);   // the generated one
/// host.Expect(101);   // an error of this event id is part of the test
/// </code>
/// Settings are those of the services, as "Section:Name"; "Client:Server" is the host itself and "VectorStore:Folder" its folder
/// unless they say otherwise. For another clock, register a TimeProvider in <c>add</c>. Give a <c>folder</c> to start a second host
/// on what the first has left; the folder then stays.
/// </summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly HashSet<int> _expected = [];
    private readonly ErrorLog _errors;
    private readonly bool _ownsFolder;
    private readonly Lazy<GrpcChannel> _channel;
    private readonly Lazy<GraftClient> _client;

    private TestHost(WebApplication app, ErrorLog errors, string folder, bool ownsFolder)
    {
        App = app;
        _errors = errors;
        Folder = folder;
        _ownsFolder = ownsFolder;
        Address = GraftHosting.BoundAddress(app);
        _channel = new Lazy<GrpcChannel>(() => GrpcChannel.ForAddress(Address));
        _client = new Lazy<GraftClient>(() => new GraftClient(new ClientOptions { Server = Address }, TimeProvider.System));
    }

    public WebApplication App { get; }

    /// <summary>Where gRPC is served.</summary>
    public Uri Address { get; }

    /// <summary>The host's folder; the store is in "store" below it.</summary>
    public string Folder { get; }

    public GrpcChannel Channel => _channel.Value;

    public GraftClient Client => _client.Value;

    /// <summary>Errors logged so far, expected ones too.</summary>
    public IReadOnlyList<(int EventId, string Text)> Errors => _errors.Entries;

    /// <param name="add">Registers services; Graft's hosting is already there.</param>
    /// <param name="map">Maps them; health and reflection are already there.</param>
    /// <param name="settings">Settings that differ from the defaults; null for none.</param>
    /// <param name="folder">An existing folder to be kept; null for a new one.</param>
    public static async Task<TestHost> StartAsync(
        Action<WebApplicationBuilder> add,
        Action<WebApplication> map,
        IReadOnlyDictionary<string, string?>? settings = null,
        string? folder = null)
    {
        var place = folder ?? Directory.CreateTempSubdirectory("graft-test-").FullName;
        for (var attempt = 1; ; attempt++)
        {
            var errors = new ErrorLog();
            var app = Build(add, map, settings, place, errors);
            try
            {
                await app.StartAsync();
                return new TestHost(app, errors, place, ownsFolder: folder is null);
            }
            catch (IOException exception) when (exception.InnerException is AddressInUseException && attempt < 5)
            {
                // Somebody was quicker to take the port that was free a moment ago.
                await app.DisposeAsync();
            }
        }
    }

    /// <summary>Takes errors of these event ids as part of the test.</summary>
    public void Expect(params ReadOnlySpan<int> eventIds)
    {
        foreach (var id in eventIds)
        {
            _expected.Add(id);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }

        if (_channel.IsValueCreated)
        {
            _channel.Value.Dispose();
        }

        await App.StopAsync();
        await App.DisposeAsync();
        if (_ownsFolder)
        {
            Directory.Delete(Folder, recursive: true);
        }

        VerifyNoErrors();
    }

    /// <summary>Fails when an error was logged that is not expected.</summary>
    public void VerifyNoErrors()
    {
        var unexpected = Errors.Where(error => !_expected.Contains(error.EventId)).Select(error => error.Text).ToArray();
        if (unexpected.Length > 0)
        {
            Xunit.Assert.Fail($"The host logged {unexpected.Length} errors:\n{string.Join("\n", unexpected)}");
        }
    }

    private static WebApplication Build(
        Action<WebApplicationBuilder> add,
        Action<WebApplication> map,
        IReadOnlyDictionary<string, string?>? settings,
        string folder,
        ErrorLog errors)
    {
        // The port is chosen here and not by Kestrel, because services that call each other are told it before they start.
        var address = $"127.0.0.1:{FreePort.Find()}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Hosting:Address"] = address,
            ["Hosting:MetricsAddress"] = "",
            ["Client:Server"] = $"http://{address}",
            ["VectorStore:Folder"] = Path.Combine(folder, "store"),
            ["VectorStore:Fsync"] = "false",
        });
        builder.Configuration.AddInMemoryCollection(settings ?? new Dictionary<string, string?>());
        builder.AddGraftHosting();
        add(builder);
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(errors);
        var app = builder.Build();
        app.MapGraftHosting();
        map(app);
        return app;
    }

    /// <summary>Collects what is logged as an error.</summary>
    private sealed class ErrorLog : ILoggerProvider
    {
        private readonly List<(int EventId, string Text)> _entries = [];

        public IReadOnlyList<(int EventId, string Text)> Entries
        {
            get
            {
                lock (_entries)
                {
                    return [.. _entries];
                }
            }
        }

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Logger(ErrorLog log, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                if (IsEnabled(logLevel))
                {
                    lock (log._entries)
                    {
                        log._entries.Add((eventId.Id, $"[{eventId.Id}] {category}: {formatter(state, exception)} {exception}"));
                    }
                }
            }
        }
    }
}
