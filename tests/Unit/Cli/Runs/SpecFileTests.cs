using Graft.Cli.Runs;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Cli.Runs;

public sealed class SpecFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("graft-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_mistake_in_the_spec_is_told_before_anything_starts()
    {
        var path = Path.Combine(_folder, "study.yaml");
        File.WriteAllText(path, "name: x\ntrajectry: {M1: a}\n");

        var fault = Assert.Throws<FaultException>(() => SpecFile.Read(path));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Contains("trajectory", fault.Message);
    }

    [Fact]
    public void A_spec_that_is_not_there_is_named() =>
        Assert.Contains("nowhere.yaml", Assert.Throws<FaultException>(() => SpecFile.Read(Path.Combine(_folder, "nowhere.yaml"))).Message);
}
