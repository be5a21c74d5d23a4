using Graft.Cli.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Graft.Tests.Unit.Cli.Connections;

public sealed class LogFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("graft-test-").FullName, LogFile.Name);

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Fact]
    public void Warnings_are_written_with_their_time_and_less_is_not()
    {
        using (var file = new LogFile(_path, new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero))))
        {
            var logger = file.CreateLogger("Graft.Store");
            Log(logger, LogLevel.Information, "nothing");
            Log(logger, LogLevel.Warning, "careful");
        }

        Assert.Equal("2026-01-02T03:04:05.000Z Warning Graft.Store: careful\n", File.ReadAllText(_path).ReplaceLineEndings("\n"));
    }

    [Fact]
    public void A_quiet_server_leaves_no_file()
    {
        new LogFile(_path, TimeProvider.System).Dispose();

        Assert.False(File.Exists(_path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_said_after_the_end_is_not_written(bool hasBegun)
    {
        var services = new ServiceCollection().AddLogging(logging => LogFile.Add(logging, _path, TimeProvider.System)).BuildServiceProvider();
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("x");
        if (hasBegun)
        {
            Log(logger, LogLevel.Warning, "before");
        }

        services.Dispose();
        Log(logger, LogLevel.Warning, "after");

        Assert.Equal(hasBegun, File.Exists(_path));
        Assert.DoesNotContain("after", hasBegun ? File.ReadAllText(_path) : "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_has_grown_large_begins_anew()
    {
        File.WriteAllBytes(_path, new byte[5 << 20]);

        using (var file = new LogFile(_path, TimeProvider.System))
        {
            Log(file.CreateLogger("x"), LogLevel.Error, "broken");
        }

        Assert.InRange(new FileInfo(_path).Length, 1, 200);
    }

    private static void Log(ILogger logger, LogLevel level, string message) => logger.Log(level, default, message, null, (state, _) => state);
}
