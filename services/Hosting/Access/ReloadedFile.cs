using Graft.Faults;
using Microsoft.Extensions.Logging;

namespace Graft.Hosting.Access;

/// <summary>
/// What files hold, read again at most every ten seconds and kept while they do not change. A file that is broken for a moment (half
/// written, a mounted secret being exchanged) leaves what was there before.
/// </summary>
internal sealed partial class ReloadedFile<T>(string[] paths, Func<T> parse, TimeProvider time, ILogger logger)
    where T : class
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private byte[][]? _bytes;
    private T? _value;
    private long _read;

    /// <exception cref="FaultException">Precondition: it could not be read even once.</exception>
    public T Current
    {
        get
        {
            lock (_lock)
            {
                if (_value is null || time.GetElapsedTime(_read) >= _interval)
                {
                    Read();
                }

                return _value!;
            }
        }
    }

    private void Read()
    {
        try
        {
            // Compared and not dated: Kubernetes exchanges links, whose times tell nothing.
            byte[][] bytes = [.. paths.Select(File.ReadAllBytes)];
            if (_bytes is null || !_bytes.Zip(bytes).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)))
            {
                _value = parse();
                _bytes = bytes;
                LogRead(paths[0]);
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            if (_value is null)
            {
                throw new FaultException(FaultKind.Precondition, $"{paths[0]} cannot be used: {exception.Message}", exception);
            }

            LogKept(paths[0], exception.Message);
        }

        _read = time.GetTimestamp();
    }

    [LoggerMessage(120, LogLevel.Information, "{Path} was read.")]
    private partial void LogRead(string path);

    [LoggerMessage(121, LogLevel.Warning, "{Path} cannot be read any more, what it held before counts on: {Reason}")]
    private partial void LogKept(string path, string reason);
}
