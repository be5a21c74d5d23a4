using Graft.VectorStore.Objects.S3;
using Microsoft.Extensions.Logging;

namespace Graft.Tests.Services.VectorStore.Objects.S3;

/// <summary>What the store has logged.</summary>
internal sealed class LogLines : ILogger<S3ObjectStore>
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add($"{logLevel} {eventId.Id} {formatter(state, exception)}{exception}");
        }
    }
}
