using Graft.Client;
using Graft.Faults;
using Graft.VectorStore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Graft.Tests.Services.Hosting.Access;

/// <summary>A store that asks who calls: with TLS, an authority for clients, and an issuer of tokens.</summary>
internal sealed class GuardedHost : IAsyncDisposable
{
    private readonly List<GraftClient> _clients = [];

    private GuardedHost(string folder) => Folder = folder;

    public string Folder { get; }

    public TestHost Host { get; private set; } = null!;

    public required TestAuthority Authority { get; init; }

    public required TestIssuer Issuer { get; init; }

    public LogCollector Logs { get; } = new();

    public Uri Address => Host.Address;

    /// <param name="settings">On top of TLS, certificates and tokens.</param>
    /// <param name="services">Registered before everything else, a clock for example.</param>
    public static async Task<GuardedHost> StartAsync(
        Dictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null)
    {
        var folder = Directory.CreateTempSubdirectory("graft-access-").FullName;
        var issuer = new TestIssuer("https://issuer.test");
        var host = new GuardedHost(folder) { Authority = new TestAuthority(folder, "authority"), Issuer = issuer };
        var (certificate, key) = host.Authority.Issue("localhost");
        await File.WriteAllTextAsync(Path.Combine(folder, "jwks.json"), issuer.Keys());
        Dictionary<string, string?> all = new()
        {
            ["Access:Tls:CertificateFile"] = certificate,
            ["Access:Tls:KeyFile"] = key,
            ["Access:Tls:ClientCaFile"] = host.Authority.File,
            ["Access:Jwt:Issuer"] = issuer.Issuer,
            ["Access:Jwt:Audience"] = TestIssuer.Audience,
            ["Access:Jwt:JwksFile"] = Path.Combine(folder, "jwks.json"),
            ["Logging:LogLevel:Default"] = "Trace",
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "Trace",
            ["Logging:LogLevel:Grpc"] = "Trace",
        };
        foreach (var (name, value) in settings ?? [])
        {
            all[name] = value;
        }

        host.Host = await TestHost.StartAsync(
            builder =>
            {
                services?.Invoke(builder.Services);
                builder.AddVectorStore();
            },
            app =>
            {
                app.Services.GetRequiredService<ILoggerFactory>().AddProvider(host.Logs);
                app.MapVectorStore();
            },
            all);
        return host;
    }

    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A client that trusts the authority, and is what else the options say.</summary>
    public GraftClient Client(CredentialOptions? credentials = null)
    {
        var options = new ClientOptions(credentials ?? new()) { Server = Address, Patience = TimeSpan.FromSeconds(1) };
        options.CaFile = options.CaFile is "" ? Authority.File : options.CaFile;
        var client = new GraftClient(options, TimeProvider.System);
        _clients.Add(client);
        return client;
    }

    public GraftClient WithToken(string token) => Client(new() { Token = token });

    public GraftClient WithCertificate((string Certificate, string Key) files) => Client(new() { CertificateFile = files.Certificate, KeyFile = files.Key });

    /// <summary>What a call for each role comes to: reading, writing, collecting garbage. Null: it was let in.</summary>
    public static async Task<FaultException?[]> TryAsync(GraftClient client)
    {
        var token = TestContext.Current.CancellationToken;
        return
        [
            await FaultAsync(() => client.Store.ListNamesAsync("", token).ToListAsync(token).AsTask()),
            await FaultAsync(() => client.Store.WriteFileAsync("f", "text"u8.ToArray(), token)),
            await FaultAsync(() => client.Housekeeping.CollectAsync(isDryRun: true, null, null, new Progress<(string, long)>(), token)),
        ];
    }

    public static async Task<FaultException> RefusalAsync(GraftClient client) => Assert.IsType<FaultException>((await TryAsync(client))[0]);

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await Host.DisposeAsync();
        Authority.Dispose();
        Issuer.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static async Task<FaultException?> FaultAsync(Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (FaultException fault)
        {
            return fault;
        }
    }
}
