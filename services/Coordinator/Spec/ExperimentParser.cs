using Graft.Artifacts.Recipes;

namespace Graft.Coordinator.Spec;

/// <summary>Reads the experiments and checks that the rest of the spec carries them.</summary>
internal static class ExperimentParser
{
    /// <returns>The spec with its experiments.</returns>
    public static RunSpec Read(SpecMap map, RunSpec spec, int checkpoints, SpecContext context)
    {
        var merge = map.FindMap("merge") is { } provenance ? Merge(provenance) : spec.Merge;
        var matrix = map.FindMap("matrix");
        var continual = map.FindMap("continual");
        var recurrent = map.FindMap("recurrent");
        var control = map.FindMap("control");
        foreach (var section in new[] { matrix, continual, recurrent }.OfType<SpecMap>().Where(_ => checkpoints < 2))
        {
            context.Mistakes.Add(section.Node, $"{section.Place} carries vectors between checkpoints, so two of them are needed");
        }

        if (matrix is not null && spec.Finetune is null)
        {
            context.Mistakes.Add(matrix.Node, $"{matrix.Place} needs fine-tuned checkpoints; write a finetune section");
        }

        foreach (var section in new[] { continual, recurrent, control }.OfType<SpecMap>().Where(_ => spec.Finetune?.Recipe is null))
        {
            context.Mistakes.Add(section.Node, $"{section.Place} trains, and needs finetune.recipe to know how");
        }

        var read = spec with
        {
            Merge = merge,
            Matrix = matrix is null ? null : Matrix(matrix),
            Continual = continual is null ? null : Continual(continual, spec.Seed),
            Recurrent = recurrent is null ? null : new RecurrentSpec(Seed(recurrent, spec.Seed)),
            Control = control is null ? null : new ControlSpec(Seed(control, spec.Seed)),
        };
        map.Close();
        return read;
    }

    private static MergeSpec Merge(SpecMap map)
    {
        var merge = new MergeSpec(From(map, "config_from"), From(map, "tokenizer_from"));
        map.Close();
        return merge;

        static Provenance From(SpecMap map, string key) => map.Choice<Provenance>(
            key, Provenance.FineTuned, ("fine-tuned", Provenance.FineTuned), ("base", Provenance.Base));
    }

    private static MatrixSpec Matrix(SpecMap map)
    {
        var direction = map.Choice(
            "direction", Direction.Both, ("forward", Direction.Forward), ("backward", Direction.Backward), ("both", Direction.Both));
        List<double> scales = [];
        foreach (var node in map.Items("scales", required: false))
        {
            var scale = map.NumberOf(node, map.PlaceOf("scales"), value => value != 0, "not 0");
            if (scales.Contains(scale) && scale != 0)
            {
                map.Mistake("scales", $"has {scale} twice");
            }

            scales.Add(scale);
        }

        map.Close();
        return new MatrixSpec(direction, scales.Count > 0 ? scales : [1.0]);
    }

    private static ContinualSpec Continual(SpecMap map, ulong seed)
    {
        var cells = map.Choice("cells", CellChoice.Forward, ("forward", CellChoice.Forward), ("nearest", CellChoice.Nearest), ("all", CellChoice.All));
        return new ContinualSpec(cells, Seed(map, seed));
    }

    // The last key of each section that has one.
    private static ulong Seed(SpecMap map, ulong fallback)
    {
        var seed = map.Seed("seed", fallback);
        map.Close();
        return seed;
    }
}
