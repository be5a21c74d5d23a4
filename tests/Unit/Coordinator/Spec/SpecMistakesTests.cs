using CsCheck;
using Graft.Coordinator.Spec;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Spec;

public class SpecMistakesTests
{
    [Fact]
    public void All_mistakes_are_told_at_once_in_the_order_of_the_text()
    {
        var message = MistakesIn("""
            name: my run
            trajectory: {M1: ./M1, M2: ./M2}
            finetune:
              recipe:
                data: ./train.jsonl
                layout: padded
                mask: completions
                step: 240
                batch: many
                length: 48
                schedule: {shape: linear, peak: -1, final: 2}
            tasks:
              gsm: {requests: ./gsm.jsonl, metric: exact_match}
            experiments:
              matrix: {direction: forwards}
              kontrol: {}
            """);

        Assert.Equal(
            """
            The spec has 9 mistakes:
              line 1, column 7: name cannot be 'my run'; 1 to 100 letters, digits, '.', '_' and '-', in parts separated by '/' that begin with a letter or digit; 'runs' is taken
              line 7, column 11: finetune.recipe.mask must be one of all, completion, not 'completions'; did you mean completion?
              line 8, column 5: unknown key 'step' in finetune.recipe; did you mean 'steps'?
              line 9, column 12: finetune.recipe.batch must be a whole number, 1 to 65536, not 'many'
              line 11, column 37: finetune.recipe.schedule.peak must be a number, above 0, not '-1'
              line 11, column 48: finetune.recipe.schedule.final must be a number, 0 to 1, not '2'
              line 13, column 40: tasks.gsm.metric must be one of acc_raw, acc_per_char, bits_per_byte without generate, not 'exact_match'
              line 15, column 23: experiments.matrix.direction must be one of forward, backward, both, not 'forwards'; did you mean forward?
              line 16, column 3: unknown key 'kontrol' in experiments; did you mean 'control'?
            """,
            message);
    }

    [Theory]
    [InlineData("name: [x", "this is no YAML")]
    [InlineData("", "line 1, column 1: the spec is empty")]
    [InlineData("# nothing\n", "the spec is empty")]
    [InlineData("just text", "line 1, column 1: the spec must be a mapping of keys to values")]
    [InlineData("- a\n- b", "line 1, column 1: the spec must be a mapping of keys to values")]
    [InlineData("name: x\ntrajectory: {M1: a}\n---\nname: y", "line 3, column 1: a spec is one YAML document; here a second one begins")]
    [InlineData("name: x\nname: y\ntrajectory: {M1: a}", "line 2, column 1: the key 'name' is already in line 1")]
    [InlineData("name: x\ntrajectory: {M1: *nobody}", "line 2, column 18: this is no YAML: nothing before this has the anchor &nobody")]
    [InlineData("name: x\ntrajectory: {M1: a}\n? [a]\n: b", "line 3, column 3: a key must be a plain word")]
    [InlineData("name: x\ntrajectory: {M1: a{}}", "this is no YAML")]
    [InlineData("trajectory: {M1: a}", "line 1, column 1: name is missing")]
    [InlineData("name: runs/x\ntrajectory: {M1: a}", "line 1, column 7: name cannot be 'runs/x'")]
    [InlineData("name: x", "line 1, column 1: there is neither trajectory nor pretrain; one of them says where the checkpoints come from")]
    [InlineData("name: x\ntrajectory: {}", "trajectory has no checkpoint")]
    [InlineData("name: x\ntrajectory: [a, b]", "line 2, column 13: trajectory must be a mapping of keys to values")]
    [InlineData("name: x\ntrajectory: {M 1: a}", "line 2, column 14: 'M 1' cannot be a name")]
    [InlineData("name: x\ntrajectory: {M1-FT: a}", "line 2, column 14: 'M1-FT' cannot be a name")]
    [InlineData("name: x\ntrajectory: {M1: }", "line 2, column 18: trajectory.M1 must be a text")]
    [InlineData("name: x\nseed: -1\ntrajectory: {M1: a}", "line 2, column 7: seed must be a whole number, 0 or more, not '-1'")]
    [InlineData("name: x\nseed: '1'\ntrajectory: {M1: a}", "line 2, column 7: seed must be a whole number, 0 or more, not '1'")]
    [InlineData("name: x\ncolour: red\ntrajectory: {M1: a}", "unknown key 'colour'; the keys here are name, seed, seeds, trajectory, pretrain, finetune, vectors, tasks, experiments")]
    [InlineData("name: x\ntrajectory: {M1: a}\nfinetune: {}", "line 3, column 11: finetune has neither a recipe nor checkpoints under given")]
    [InlineData("name: x\ntrajectory: {base1: a}\nfinetune: {given: {bsae1: b}}", "line 3, column 20: 'bsae1' is no checkpoint of the trajectory; did you mean 'base1'?")]
    [InlineData("name: x\ntrajectory: {M1: a, M2: b}\nexperiments: {matrix: {}}", "line 3, column 23: experiments.matrix needs fine-tuned checkpoints; write a finetune or a vectors section")]
    [InlineData("name: x\ntrajectory: {M1: a}\nfinetune: {given: {M1: b}}\nexperiments: {matrix: {}}", "experiments.matrix carries vectors between checkpoints, so two of them are needed")]
    [InlineData("name: x\ntrajectory: {M1: a, M2: b}\nfinetune: {given: {M1: b}}\nexperiments: {control: {}}", "experiments.control trains, and needs finetune.recipe to know how")]
    [InlineData("name: x\ntrajectory: {M1: a, M2: b}\nfinetune: {given: {M1: b}}\nexperiments: {matrix: {scales: [1, 0, x, 1]}}", "experiments.matrix.scales must be a number, not 0, not 'x'")]
    [InlineData("name: x\ntrajectory: {M1: a, M2: b}\nfinetune: {given: {M1: b}}\nexperiments: {matrix: {scales: 1}}", "experiments.matrix.scales must be a list: [..]")]
    [InlineData("name: x\ntrajectory: {M1: a}\ntasks: {t: {requests: a, metric: acc_raw}}", "line 3, column 23: tasks.t.requests takes 'a' as a dataset, but trajectory.M1 as a checkpoint")]
    [InlineData("name: x\ntrajectory: {M1: a}\ntasks: {t: {requests: r, metric: exact_match, generate: {extract: last_number}}}", "line 3, column 57: tasks.t.generate.max_new_tokens is missing")]
    public void A_mistake_is_told_with_its_place(string yaml, string expected) => Assert.Contains(expected, MistakesIn(yaml), StringComparison.Ordinal);

    [Theory]
    [InlineData("M2: 1800", "M2: 1250", "pretrain.checkpoints.M2 is step 1250, not after M1 at 1250; checkpoints stand in training order")]
    [InlineData("M5: 3200", "M5: 3300", "pretrain.checkpoints.M5 is step 3300, but the phases have 3200 steps")]
    [InlineData("warmup: 100", "warmup: 3000", "pretrain.phases[0].schedule.warmup has 3000 steps, more than the 2400 of its phase")]
    [InlineData("beta1: 0.9", "beta1: 1", "pretrain.optimizer.beta1 must be a number, 0 to below 1, not '1'")]
    [InlineData("std: 0.125", "std: .inf", "pretrain.init.std must be a number, above 0, not '.inf'")]
    [InlineData("mask: all, steps: 800", "mask: completion, steps: 800", "pretrain.phases[1].mask cannot be completion for packed data, which has no completions; use layout: padded")]
    [InlineData("add_eos: true", "add_eos: yes", "finetune.recipe.add_eos must be true or false, not 'yes'")]
    [InlineData("steps: 800", "steps: 2147483647", "pretrain.phases have 2147486047 steps together")]
    [InlineData("every: 40", "every: 40\n    dtype: {compute: fp8}", "finetune.recipe.dtype.compute must be one of fp32, bf16, not 'fp8'")]
    [InlineData("blueprint: ./tiny", "blueprints: ./tiny", "unknown key 'blueprints' in pretrain; did you mean 'blueprint'?")]
    public void A_mistake_in_the_demo_is_told(string right, string wrong, string expected) =>
        Assert.Contains(expected, MistakesIn(DemoSpec.Yaml.Replace(right, wrong, StringComparison.Ordinal)), StringComparison.Ordinal);

    [Fact]
    public void Hostile_nesting_is_refused() => Assert.Contains("nested more than 32 levels deep", MistakesIn(new string('[', 100_000)), StringComparison.Ordinal);

    [Fact]
    public void Mistakes_with_nothing_near_list_the_keys() =>
        Assert.Contains("unknown key 'x' in experiments; the keys here are merge, matrix, continual, recurrent, one_step, control, interpolation, soup, compare", MistakesIn("name: n\ntrajectory: {M1: a}\nexperiments: {x: 1}"), StringComparison.Ordinal);

    [Fact]
    public void Damaged_specs_are_refused_or_read_but_never_crash() =>
        Gen.Select(Gen.Int[0, DemoSpec.Yaml.Length - 1], Gen.Char["{}[]:,-#&*!|>'\"%@\n\t 09az\u00e9\0"]).Array[1, 4].Sample(
            damages =>
            {
                var text = DemoSpec.Yaml.ToCharArray();
                foreach (var (at, letter) in damages)
                {
                    text[at] = letter;
                }

                try
                {
                    RunSpec.Parse(new string(text));
                }
                catch (FaultException fault) when (fault.Kind == FaultKind.Invalid)
                {
                    Assert.Contains("line ", fault.Message, StringComparison.Ordinal);
                }
            },
            iter: 2000);

    // Ten times the one before in each line: written out, a billion entries.
    [Fact]
    public void Aliases_of_aliases_are_not_written_out()
    {
        var laughs = string.Concat(Enumerable.Range(1, 9).Select(line =>
            $"l{line}: &l{line} [{string.Join(", ", Enumerable.Repeat($"*l{line - 1}", 10))}]\n"));

        Assert.Contains("l9", MistakesIn($"l0: &l0 [ha]\n{laughs}trajectory: *l9\n"), StringComparison.Ordinal);
    }

    private static string MistakesIn(string yaml)
    {
        var fault = Assert.Throws<FaultException>(() => RunSpec.Parse(yaml));
        Assert.Equal((FaultKind.Invalid, "spec.yaml"), (fault.Kind, fault.Field));
        return fault.Message;
    }
}
