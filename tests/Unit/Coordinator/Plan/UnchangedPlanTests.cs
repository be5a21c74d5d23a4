using System.Text;
using Graft.Artifacts;
using Graft.Coordinator.Plan;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Plan;

/// <summary>Specs of before mean what they meant: the same steps with the same recipes and names, or results in the stores of users are lost.</summary>
public class UnchangedPlanTests
{
    [Fact]
    public void The_demo_makes_what_it_made() => Assert.Equal("c044cf993c350bf365c6de1180039166197dd490", FingerprintOf(DemoSpec.Yaml));

    [Fact]
    public void Given_checkpoints_make_what_they_made() => Assert.Equal("41848583988fd04f05c07da4ae1a1574b65a47f4", FingerprintOf(DemoSpec.Given(4, "[1.0, 0.5]")));

    [Fact]
    public void The_command_line_demo_makes_what_it_made() => Assert.Equal(
        "f456fb4970a1557a65a29ff6d5fdf55b0eb2ff8c", FingerprintOf(new Graft.Cli.Demo.DemoSpec(Graft.Cli.Demo.DemoPreset.Full, 0).ToYaml()));

    private static string FingerprintOf(string yaml)
    {
        var plan = DemoSpec.PlanOf(yaml);
        var made = new Made(plan);
        var lines = plan.Steps.Select(step =>
            $"{step.Id} {step.Kind} {made.DigestOf(step.Id)} {string.Join(',', step.Names)} {step.Task} {CellOf(step.Cell)} {string.Join(',', step.Needs.Select(need => need.Id))}");
        return Digest.Of(Encoding.UTF8.GetBytes(string.Join('\n', lines.Order(StringComparer.Ordinal)))).ToString()[..40];
    }

    private static string CellOf(Cell? cell) => cell is null ? "" : $"{cell.Experiment}/{cell.Base}/{cell.Source}/{cell.Step}/{cell.Scale}";
}
