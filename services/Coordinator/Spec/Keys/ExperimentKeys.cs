using Graft.Artifacts.Recipes;

namespace Graft.Coordinator.Spec.Keys;

/// <summary>The experiments.</summary>
internal static class ExperimentKeys
{
    public static readonly ChoiceValue<CellChoice> CellWords = new(("forward", CellChoice.Forward), ("nearest", CellChoice.Nearest), ("all", CellChoice.All));

    private static readonly ChoiceValue<Provenance> _provenance = new(("fine-tuned", Provenance.FineTuned), ("base", Provenance.Base));

    public static readonly SpecKey<SeedValue> Seed = new("seed", "Of its trainings: the order of the data.", new()) { Default = "the spec's seed" };

    public static readonly SpecKey<ChoiceValue<Provenance>> ConfigFrom = new("config_from", "Whose config.json merges get.", _provenance) { Default = "fine-tuned" };

    public static readonly SpecKey<ChoiceValue<Provenance>> TokenizerFrom = new("tokenizer_from", "Whose tokenizer merges get.", _provenance) { Default = "fine-tuned" };

    public static readonly SpecKey<SectionValue> Merge = new(
        "merge", "Holds for all merges of the run.", new(new SpecSection("merge", "Whose config and tokenizer the merges of the run get.", ConfigFrom, TokenizerFrom)));

    public static readonly SpecKey<ChoiceValue<Direction>> DirectionOf = new(
        "direction",
        "forward: older vector, newer base; backward; or both. Vectors of others go onto every base.",
        new(("forward", Direction.Forward), ("backward", Direction.Backward), ("both", Direction.Both)))
    { Default = "both" };

    public static readonly SpecKey<NumberValue> From = new("from", "The first.", new(NumberRange.Any)) { IsRequired = true };

    public static readonly SpecKey<NumberValue> To = new("to", "The last, if the steps meet it.", new(NumberRange.Any)) { IsRequired = true };

    public static readonly SpecKey<NumberValue> Step = new("step", "From one to the next.", new(NumberRange.Positive)) { IsRequired = true };

    public static readonly SpecSection Sweep = new("sweep", "Evenly spaced numbers.", From, To, Step);

    public static readonly SpecKey<EitherValue> Scales = new(
        "scales", "Scales of the vector: a list, or {from, to, step}; 0, the base itself, is left out of the latter.", new(new ListValue(new NumberValue(NumberRange.NotZero)), new SectionValue(Sweep)))
    { Default = "[1.0]" };

    public static readonly ChoiceValue<int> LastWord = new(("last", 0));

    public static readonly SpecKey<ListValue> VectorSteps = new(
        "vector_steps", "Steps of the fine-tuning the vector is taken at: kept ones, or last.", new(new EitherValue(new IntegerValue(1), LastWord)))
    { Default = "[last]" };

    public static readonly SpecKey<ListValue> Sources = new("sources", "Whose vectors: checkpoints of the trajectory and vectors of others.", new(new TextValue())) { Default = "all" };

    public static readonly SpecKey<ListValue> Bases = new("bases", "Checkpoints of the trajectory they are added to.", new(new TextValue())) { Default = "all" };

    public static readonly SpecKey<SectionValue> Matrix = new(
        "matrix", "Merges M_j + scale * (FT_i - M_i), evaluated.", new(new SpecSection("matrix", "Every vector on every other base.", DirectionOf, Scales, VectorSteps, Sources, Bases)));

    public static readonly SpecKey<EitherValue> Cells = new(
        "cells", "forward, nearest (vector of the predecessor), all (both ways), or a list of BASE+SOURCE.", new(CellWords, new ListValue(new TextValue())))
    { Default = "forward" };

    public static readonly SpecKey<SectionValue> Continual = new(
        "continual", "The recipe started from merges of scale 1.", new(new SpecSection("continual", "Continual training.", Cells, Seed)));

    public static readonly SpecKey<SectionValue> Recurrent = new(
        "recurrent", "M*_1 = FT(M_1), then M*_i = the recipe started from M_i + (M*_(i-1) - M_(i-1)).", new(new SpecSection("recurrent", "Recurrent merging.", Seed)));

    public static readonly SpecKey<SectionValue> OneStep = new(
        "one_step", "What recurrent is compared with: each checkpoint merged with its predecessor's vector, evaluated, and trained on.", new(new SpecSection("one_step", "One-step merging along the trajectory.", Seed)));

    public static readonly SpecKey<SectionValue> Control = new(
        "control", "Each fine-tuned checkpoint trained on for a second budget.", new(new SpecSection("control", "What continual training must be compared with.", Seed)));

    public static readonly SpecKey<EitherValue> PathCells = new(Cells.Name, Cells.About, Cells.Value) { Default = "nearest" };

    public static readonly SpecKey<EitherValue> Points = new(
        "points", "Places on the path, 0 its beginning, 1 its end: a list, or {from, to, step}.", new(new ListValue(new NumberValue(NumberRange.Any)), new SectionValue(Sweep)))
    { Default = "{from: 0, to: 1, step: 0.25}" };

    public static readonly SpecKey<ListValue> Paths = new(
        "paths",
        "vector: M_j + a * (FT_i - M_i); barrier: (1 - a) * FT_j + a * (M_j + FT_i - M_i), points of 0 to 1 only.",
        new(new ChoiceValue<InterpolationPath>(("vector", InterpolationPath.Vector), ("barrier", InterpolationPath.Barrier))))
    { Default = "[vector, barrier]" };

    public static readonly SpecKey<SectionValue> Interpolation = new(
        "interpolation", "Models along a path, evaluated.", new(new SpecSection("interpolation", "How scores change along a path.", PathCells, Points, Paths)));

    public static readonly SpecKey<TextValue> Base = new("base", "Checkpoint of the trajectory.", new()) { IsRequired = true };

    public static readonly SpecKey<TextValue> VectorOf = new("vector", "Checkpoint of the trajectory, or vector of others.", new()) { IsRequired = true };

    public static readonly SpecKey<NumberValue> Scale = new("scale", "Its factor.", new(NumberRange.NotZero)) { Default = "1" };

    public static readonly SpecKey<EitherValue> VectorStep = new("step", "Step of the fine-tuning it is taken at: a kept one, or last.", new(new IntegerValue(1), LastWord)) { Default = "last" };

    public static readonly SpecSection SoupVector = new("ingredient", "A vector of a soup.", VectorOf, Scale, VectorStep);

    public static readonly SpecKey<ListValue> SoupVectors = new("vectors", "Their names, or {vector, scale, step}.", new(new EitherValue(new TextValue(), new SectionValue(SoupVector)))) { IsRequired = true };

    public static readonly SpecKey<ChoiceValue<SoupMethod>> Method = new(
        "method",
        "linear: their scaled sum; mean: that, divided by their number; ties (arXiv 2306.01708) or dare (2311.03099).",
        new(("linear", SoupMethod.Linear), ("mean", SoupMethod.Mean), ("ties", SoupMethod.Ties), ("dare", SoupMethod.Dare)))
    { Default = "linear" };

    public static readonly SpecKey<NumberValue> Density = new("density", "ties: part of each tensor that is kept.", new(NumberRange.Share));

    public static readonly SpecKey<NumberValue> Lambda = new("lambda", "ties: factor of the merged vector.", new(NumberRange.NotZero)) { Default = "1" };

    public static readonly SpecKey<NumberValue> Drop = new("drop", "dare: probability that an entry is dropped.", new(NumberRange.Decay));

    public static readonly SpecKey<SeedValue> DropSeed = new("seed", "dare: of the entries that are dropped.", new()) { Default = "the spec's seed" };

    public static readonly SpecSection OneSoup = new("soup", "A merge of several vectors.", Base, SoupVectors, Method, Density, Lambda, Drop, DropSeed);

    public static readonly SpecKey<NamedValue> Soup = new("soup", "Merges of several vectors by their names, evaluated.", new(new SectionValue(OneSoup)));

    public static readonly SpecKey<ListValue> CompareVectors = new("vectors", "Two or more vectors, by their sources.", new(new TextValue())) { Default = "all" };

    public static readonly SpecKey<ListValue> CompareBases = new("bases", "Two or more checkpoints of the trajectory.", new(new TextValue())) { Default = "all" };

    public static readonly SpecKey<SectionValue> Compare = new(
        "compare", "Norms, cosines and sign agreement of vectors, distances of bases, by layer and tensor.", new(new SpecSection("compare", "Geometry of vectors and bases.", CompareVectors, CompareBases)));

    public static readonly SpecSection Section = new(
        "experiments", "What is absent is not done.", Merge, Matrix, Continual, Recurrent, OneStep, Control, Interpolation, Soup, Compare);
}
