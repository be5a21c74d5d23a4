using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Graft.Faults;

namespace Graft.Client.Calls;

/// <summary>The workers of one kind: those that are listed, and for dns:///name:port every machine behind the name.</summary>
internal sealed class Workers
{
    // A pod that came or went is noticed so soon; a plan of thousands of jobs does not ask for each.
    private static readonly TimeSpan _fresh = TimeSpan.FromSeconds(5);

    private readonly string _name;
    private readonly Func<ClientOptions, Uri?> _one;
    private readonly Func<ClientOptions, IEnumerable<Uri>> _several;
    private readonly ClientOptions _options;
    private readonly Channels _channels;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<Uri, Worker> _workers = new();
    private readonly Endpoint _single;
    private volatile Known? _known;

    /// <param name="name">For people: "trainer".</param>
    /// <param name="setting">The option of a single address, for people.</param>
    /// <param name="one">That option.</param>
    /// <param name="several">The option of several addresses.</param>
    /// <param name="options">Read at each call, so that a server that takes a free port can be started before.</param>
    /// <param name="channels">Shared with the other endpoints.</param>
    /// <param name="time">Drives the waits between attempts.</param>
    public Workers(
        string name,
        string setting,
        Func<ClientOptions, Uri?> one,
        Func<ClientOptions, IEnumerable<Uri>> several,
        ClientOptions options,
        Channels channels,
        TimeProvider time)
    {
        _name = name;
        _one = one;
        _several = several;
        _options = options;
        _channels = channels;
        _time = time;
        _single = new Endpoint(name, setting, one, options, channels, time);
    }

    /// <summary>Machines behind a name; a test has its own.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } =
        static (host, token) => Dns.GetHostAddressesAsync(host, token);

    /// <summary>
    /// The workers as they are known now. A single one is one whatever it does: calls to it are patient; of several, each is given
    /// up sooner.
    /// </summary>
    /// <exception cref="FaultException">Unavailable: a name does not resolve.</exception>
    public async Task<IReadOnlyList<Worker>> ListAsync(CancellationToken cancellationToken)
    {
        if (_known is { } known && _time.GetElapsedTime(known.Since) < _fresh)
        {
            return known.Workers;
        }

        Uri[] written = [.. _several(_options)];
        if (written.Length == 0)
        {
            written = (_one(_options) ?? _options.Server) is { } only ? [only] : [];
        }

        var addresses = new List<Uri>();
        foreach (var address in written)
        {
            addresses.AddRange(address.Scheme == "dns" ? await ResolveAsync(address, cancellationToken) : [address]);
        }

        // Nothing is set: the endpoint says so in its own words.
        IReadOnlyList<Worker> workers = addresses.Count switch
        {
            0 => [new Worker(new Uri("about:blank"), _single, _time)],
            1 => [new Worker(addresses[0], SingleOf(addresses[0]), _time)],
            _ => [.. addresses.Distinct().Select(address => _workers.GetOrAdd(address, Create))],
        };
        _known = new Known(workers, _time.GetTimestamp());
        return workers;
    }

    private Endpoint SingleOf(Uri address) =>
        address == (_one(_options) ?? _options.Server) ? _single : new Endpoint(_name, _name, _ => address, _options, _channels, _time);

    private Worker Create(Uri address) => new(
        address, new Endpoint(_name, _name, _ => address, _options, _channels, _time, _options.WorkerPatience), _time);

    // As they are sorted, all clients see one order.
    private async Task<IEnumerable<Uri>> ResolveAsync(Uri address, CancellationToken cancellationToken)
    {
        var target = new Uri($"http://{address.AbsolutePath.TrimStart('/')}");
        try
        {
            var found = await Resolve(target.Host, cancellationToken);
            var scheme = _options.HasTls ? "https" : "http";
            Uri[] machines =
            [
                .. found
                    .Select(ip => new Uri($"{scheme}://{(ip.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{ip}]" : $"{ip}")}:{target.Port}"))
                    .OrderBy(uri => uri.ToString(), StringComparer.Ordinal),
            ];
            foreach (var machine in machines)
            {
                _channels.Name(machine, target.Host);
            }

            return machines;
        }
        catch (SocketException exception)
        {
            throw new FaultException(FaultKind.Unavailable, $"The {_name}s behind {address} are not to be found: {exception.Message}.", exception);
        }
    }

    private sealed record Known(IReadOnlyList<Worker> Workers, long Since);
}
