using System.Runtime.InteropServices;

namespace Graft.Cli;

/// <summary>
/// Ctrl-C and SIGTERM as a token. The first one asks; when the process is still there after the limit, or a second one comes, it
/// exits, which costs no more than being killed: work goes on from the last saved state.
/// </summary>
internal sealed class Interruption : IDisposable
{
    public const int ExitCode = 130;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(1.9);

    // timeout(1) and some shells send the same signal to the process and to its group.
    private static readonly TimeSpan _doubled = TimeSpan.FromSeconds(0.3);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly TimeProvider _time;
    private ITimer? _exit;
    private long _asked;

    public Interruption(TimeProvider time)
    {
        _time = time;
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
    }

    public CancellationToken Token => _source.Token;

    /// <summary>For servers, which may take their time to stop.</summary>
    public bool HasNoLimit { get; set; }

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _exit?.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.CompareExchange(ref _asked, _time.GetTimestamp(), 0) is var asked and not 0)
        {
            if (_time.GetElapsedTime(asked) > _doubled)
            {
                Environment.Exit(ExitCode);
            }

            return;
        }

        if (!HasNoLimit)
        {
            _exit = _time.CreateTimer(_ => Environment.Exit(ExitCode), null, _limit, Timeout.InfiniteTimeSpan);
        }

        _source.Cancel();
    }
}
