using System.Text.RegularExpressions;
using Graft.Artifacts;
using Graft.Coordinator.Spec;

namespace Graft.Cli.Report;

/// <summary>Takes from a run's spec what the report needs.</summary>
internal static partial class SpecReader
{
    /// <summary>Nothing when the run comes without its spec.</summary>
    /// <exception cref="Faults.FaultException">Invalid: the YAML is no spec.</exception>
    public static SpecFacts Read(V1.RunSpec? run)
    {
        if (run is not { Yaml.Length: > 0 })
        {
            return SpecFacts.None;
        }

        var spec = RunSpec.Parse(run.Yaml);
        var inputs = run.Inputs.DistinctBy(input => input.Reference)
            .ToDictionary(input => input.Reference, input => Digest.Parse(input.Artifact));
        var tuned = spec.Finetune?.Given ?? new Dictionary<string, SpecReference>();
        var references = spec.Trajectory.Select(given => (given.Name, given.Reference))
            .Concat(tuned.Select(given => (Name: $"{given.Key}-FT", Reference: given.Value)));
        return new SpecFacts
        {
            Trajectory = spec.CheckpointNames,
            Stages = spec.Pretrain is null ? StagesOf(spec.Trajectory) : StagesOf(spec.Pretrain),
            Metrics = new OrderedDictionary<string, string>(spec.Tasks.Select(task => KeyValuePair.Create(task.Name, task.Metric))),
            Given = references.Where(given => inputs.ContainsKey(given.Reference.Text))
                .ToDictionary(given => given.Name, given => inputs[given.Reference.Text]),
        };
    }

    /// <summary>As names of revisions tell, such as "stage2-ingredient1-step6000-tokens26B" of OLMo 2; nothing unless all of them do.</summary>
    private static Dictionary<string, int> StagesOf(IReadOnlyList<GivenCheckpoint> trajectory)
    {
        var stages = trajectory.Select(given => (given.Name, Match: StageInName().Match(given.Reference.Text))).ToList();
        return stages.All(stage => stage.Match.Success)
            ? stages.ToDictionary(stage => stage.Name, stage => int.Parse(stage.Match.Groups[1].Value))
            : [];
    }

    /// <summary>The phase whose steps made each checkpoint; the last step of a phase still belongs to it.</summary>
    private static Dictionary<string, int> StagesOf(PretrainSpec? pretrain)
    {
        var stages = new Dictionary<string, int>();
        foreach (var checkpoint in pretrain?.Checkpoints ?? [])
        {
            var stage = 1;
            var end = 0;
            foreach (var phase in pretrain!.Phases)
            {
                end += phase.Steps;
                stage += end < checkpoint.Step ? 1 : 0;
            }

            stages[checkpoint.Name] = stage;
        }

        return stages;
    }

    [GeneratedRegex("stage([1-9])")]
    private static partial Regex StageInName();
}
