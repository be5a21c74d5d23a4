using Graft.Artifacts.Recipes;
using Graft.Coordinator.Spec.Keys;

namespace Graft.Coordinator.Spec;

/// <summary>Reads a phase of training.</summary>
internal static class PhaseParser
{
    /// <summary>A phase that has its mapping to itself.</summary>
    public static (PhaseSpec Spec, TrainingPreset? Preset) Close(SpecMap map)
    {
        var read = Read(map);
        map.Close();
        return read;
    }

    /// <param name="map">A mapping with the keys of a phase, and perhaps others.</param>
    /// <returns>The phase, and the preset it follows.</returns>
    public static (PhaseSpec Spec, TrainingPreset? Preset) Read(SpecMap map)
    {
        var preset = map.FindChoice(PhaseKeys.Preset);
        var steps = map.Integer(PhaseKeys.Steps, preset?.Steps);
        var phase = new PhaseSpec
        {
            Datasets = Data(map),
            Template = map.Has(PhaseKeys.Template) ? map.Text(PhaseKeys.Template) : preset?.Template,
            Layout = map.Choice(PhaseKeys.Layout, preset?.Layout),
            Mask = map.Choice(PhaseKeys.Mask, preset?.Mask),
            Reduction = map.Choice<LossReduction>(PhaseKeys.Reduction, preset?.Reduction ?? LossReduction.Mean),
            Steps = steps,
            Batch = map.Integer(PhaseKeys.Batch, preset?.Batch),
            MicroBatch = map.Integer(PhaseKeys.MicroBatch, 0),
            Length = map.Integer(PhaseKeys.Length, preset?.Length),
            AddBos = map.Flag(PhaseKeys.AddBos),
            AddEos = map.Flag(PhaseKeys.AddEos),
            Schedule = Schedule(map, steps, preset),
        };
        if (phase is { Layout: DataLayout.Packed, Mask: LossMask.Completion })
        {
            map.Mistake(PhaseKeys.Mask, "cannot be completion for packed data, which has no completions; use layout: padded");
        }

        return (phase, preset);
    }

    private static List<WeightedReference> Data(SpecMap map)
    {
        var (values, place) = (map.Values, map.PlaceOf(PhaseKeys.Data));
        List<WeightedReference> data = map.Require(PhaseKeys.Data) switch
        {
            null => [],
            YamlList list => [.. list.Items.Select((node, i) => new WeightedReference(values.Reference(node, $"{place}[{i}]", ReferenceKind.Dataset), 1))],
            YamlMap weights => [.. weights.Entries.Select(entry => new WeightedReference(
                values.Reference(entry.Key, place, ReferenceKind.Dataset), values.Number(entry.Value, $"{place}.{entry.Key.Text}", NumberRange.Positive)))],
            var node => [new WeightedReference(values.Reference(node, place, ReferenceKind.Dataset), 1)],
        };
        if (data.Count == 0 && map.Has(PhaseKeys.Data))
        {
            map.Mistake(PhaseKeys.Data, "has no dataset; at least one is needed");
        }

        if (data.CountBy(item => item.Reference.Text).FirstOrDefault(item => item.Value > 1 && item.Key.Length > 0).Key is { } twice)
        {
            map.Mistake(PhaseKeys.Data, $"has '{twice}' twice; give it a weight of 2");
        }

        return data.Count > 0 ? data : [new WeightedReference(new SpecReference("", ReferenceKind.Dataset, place, map.Node.Line, map.Node.Column), 1)];
    }

    private static Schedule Schedule(SpecMap parent, int steps, TrainingPreset? preset)
    {
        var map = preset is null ? parent.RequireMap(PhaseKeys.Schedule) : parent.FindMap(PhaseKeys.Schedule);
        if (map is null)
        {
            return preset is null
                ? new Schedule(ScheduleShape.Constant, 1, 0, 1)
                : new Schedule(preset.Shape, preset.Rate, Scaled(preset, preset.Warmup ?? 0, steps), preset.Final) { DecaySteps = Scaled(preset, preset.DecaySteps, steps) };
        }

        var shape = map.Choice(PhaseKeys.Shape, preset?.Shape);
        var schedule = new Schedule(
            shape,
            map.Number(PhaseKeys.Peak, preset?.Rate),
            map.Integer(PhaseKeys.Warmup, preset is null ? 0 : Scaled(preset, preset.Warmup ?? 0, steps)),
            map.Number(PhaseKeys.Final, shape == ScheduleShape.Constant ? 1 : preset?.Final ?? 0))
        {
            DecaySteps = map.Integer(PhaseKeys.DecaySteps, preset is null ? 0 : Scaled(preset, preset.DecaySteps, steps)),
        };
        if (schedule.WarmupSteps > steps)
        {
            map.Mistake(PhaseKeys.Warmup, $"has {schedule.WarmupSteps} steps, more than the {steps} of its phase");
        }

        map.Close();
        return schedule;
    }

    /// <summary>A number of the preset's steps, in proportion where the steps are not the preset's.</summary>
    private static int Scaled(TrainingPreset preset, int part, int steps) =>
        preset.Steps is { } whole ? (int)Math.Round((double)part * steps / whole) : part;
}
