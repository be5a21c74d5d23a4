using Graft.Cli.Report;
using Graft.Cli.Runs;
using Xunit;

namespace Graft.Tests.Unit.Cli.Runs;

public sealed class ResultFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("graft-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Both_files_replace_their_elders_and_leave_nothing_else()
    {
        var target = Path.Combine(_folder, "out");
        Directory.CreateDirectory(target);
        File.WriteAllText(Path.Combine(target, "results.json"), "old");

        var paths = await ResultFiles.WriteAsync(target, new Results(new StudyInfo(7, "quick", TimeSpan.FromSeconds(1.5))), TestContext.Current.CancellationToken);

        Assert.Equal(["report.html", "results.json"], Directory.GetFiles(target).Select(Path.GetFileName).Order());
        Assert.Equal(paths.Order(), Directory.GetFiles(target).Order());
        Assert.Equal(7, ResultsJson.Read(File.ReadAllText(Path.Combine(target, "results.json"))).Study.Seed);
    }
}
