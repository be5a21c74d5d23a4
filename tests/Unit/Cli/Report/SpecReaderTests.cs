using Graft.Cli.Report;
using Xunit;
using static Graft.Tests.Unit.Cli.Report.Studies;

namespace Graft.Tests.Unit.Cli.Report;

public sealed class SpecReaderTests
{
    [Fact]
    public void Checkpoints_belong_to_the_stage_that_made_their_last_step()
    {
        const string yaml = """
            name: study
            pretrain:
              blueprint: bp
              init: {std: 0.1}
              phases:
                - {data: one, layout: packed, mask: all, steps: 100, batch: 2, length: 8, schedule: {shape: cosine, peak: 1e-3, warmup: 10, final: 0.1}}
                - {data: two, layout: packed, mask: all, steps: 50, batch: 2, length: 8, schedule: {shape: linear, peak: 1e-3, warmup: 0, final: 0}}
              checkpoints: {M1: 40, M2: 100, M3: 101, M4: 150}
            tasks:
              gsm: {requests: r, metric: exact_match, generate: {max_new_tokens: 4, extract: last_number}}
              facts: {requests: s, metric: bits_per_byte}
            """;

        var facts = SpecReader.Read(new V1.RunSpec { Yaml = yaml });

        Assert.Equal(["M1", "M2", "M3", "M4"], facts.Trajectory);
        Assert.Equal([1, 1, 2, 2], facts.Trajectory.Select(name => facts.Stages[name]));
        Assert.Equal(["gsm", "facts"], facts.Metrics.Keys);
        Assert.Equal("bits_per_byte", facts.Metrics["facts"]);
        Assert.Empty(facts.Given);
    }

    [Fact]
    public void Given_checkpoints_are_known_by_the_inputs_of_the_run()
    {
        const string yaml = """
            name: study
            trajectory: {M1: ./m1, M2: ./m2}
            finetune: {given: {M1: ./f1}}
            tasks: {facts: {requests: ./facts.jsonl, metric: acc_raw}}
            """;
        var spec = new V1.RunSpec { Yaml = yaml };
        spec.Inputs.Add(new V1.Input { Reference = "./m1", Artifact = DigestOf("1").ToString() });
        spec.Inputs.Add(new V1.Input { Reference = "./f1", Artifact = DigestOf("2").ToString() });

        var facts = SpecReader.Read(spec);

        Assert.Equal(["M1", "M2"], facts.Trajectory);
        Assert.Empty(facts.Stages);
        Assert.Equal(["M1", "M1-FT"], facts.Given.Keys.Order());
        Assert.Equal(DigestOf("2"), facts.Given["M1-FT"]);
    }

    [Fact]
    public void A_run_without_its_spec_says_nothing() => Assert.Same(SpecFacts.None, SpecReader.Read(null));
}
