using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Graft.Cli.Connections;

/// <summary>Log of the services of a local server: a line an entry, in a file that begins anew when it has grown large.</summary>
internal sealed class LogFile : ILoggerProvider
{
    public const string Name = "graft.log";

    private const long LargestBytes = 4 << 20;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Lazy<StreamWriter> _file;
    private bool _isClosed;

    public LogFile(string path, TimeProvider time)
    {
        _time = time;
        // Made when there is something to say.
        _file = new Lazy<StreamWriter>(() => new StreamWriter(path, append: !IsLarge(path)) { AutoFlush = true });
    }

    /// <summary>Logs to a file for as long as the services of <paramref name="logging"/> live.</summary>
    public static void Add(ILoggingBuilder logging, string path, TimeProvider time) =>
        // Made by the container, which closes what it has made and nothing that it was given.
        logging.Services.AddSingleton<ILoggerProvider>(_ => new LogFile(path, time));

    public ILogger CreateLogger(string categoryName) => new FileLogger(this, categoryName);

    public void Dispose()
    {
        lock (_lock)
        {
            _isClosed = true;
            if (_file.IsValueCreated)
            {
                _file.Value.Dispose();
            }
        }
    }

    private static bool IsLarge(string path) => new FileInfo(path) is { Exists: true, Length: > LargestBytes };

    private void Write(LogLevel level, string category, string message, Exception? exception)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                // Said by what outlives its server for a moment. The folder may be another's by now, or be just removed.
                return;
            }

            _file.Value.WriteLine($"{_time.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {level} {category}: {message}{(exception is null ? "" : $"\n{exception}")}");
        }
    }

    private sealed class FileLogger(LogFile file, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                file.Write(logLevel, category, formatter(state, exception), exception);
            }
        }
    }
}
