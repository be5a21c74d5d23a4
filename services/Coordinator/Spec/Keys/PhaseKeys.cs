using Graft.Artifacts.Recipes;

namespace Graft.Coordinator.Spec.Keys;

/// <summary>A phase of training.</summary>
internal static class PhaseKeys
{
    public static readonly SpecKey<ChoiceValue<TrainingPreset>> Preset = new(
        "preset", "A recipe for all keys that are not given; numbers of steps follow from the steps.", new([.. TrainingPreset.All.Select(preset => (preset.Name, preset))]));

    public static readonly SpecKey<EitherValue> Data = new(
        "data",
        "Rows of {text}, {prompt, completion} or {messages}: a reference, a list of them, or a mapping of references to weights (an epoch has so many times their rows).",
        new(new ReferenceValue(ReferenceKind.Dataset), new ListValue(new ReferenceValue(ReferenceKind.Dataset)), new WeightsValue(ReferenceKind.Dataset, NumberRange.Positive)))
    {
        IsRequired = true,
    };

    public static readonly SpecKey<TextValue> Template = new("template", "Chat template by name, such as tulu; makes conversations of prompts with completions too.", new())
    {
        Default = "the one in the tokenizer's files, for conversations",
    };

    public static readonly SpecKey<ChoiceValue<DataLayout>> Layout = new(
        "layout",
        "packed: one stream of tokens, cut into sequences; padded: one row a sequence, shuffled each epoch; packed_rows: whole rows side by side, none of which sees another.",
        new(("padded", DataLayout.Padded), ("packed", DataLayout.Packed), ("packed_rows", DataLayout.PackedRows)));

    public static readonly SpecKey<ChoiceValue<LossMask>> Mask = new(
        "mask", "Tokens that count in the loss: all, or those of the completion (of the assistant).", new(("all", LossMask.All), ("completion", LossMask.Completion)));

    public static readonly SpecKey<ChoiceValue<LossReduction>> Reduction = new(
        "reduction", "How the token losses of a batch become one number.", new(("mean", LossReduction.Mean), ("sum", LossReduction.Sum)))
    { Default = "mean" };

    public static readonly SpecKey<IntegerValue> Steps = new("steps", "Optimizer steps.", new(1));

    public static readonly SpecKey<IntegerValue> Batch = new("batch", "Sequences a step.", new(1, 65536));

    public static readonly SpecKey<IntegerValue> MicroBatch = new("micro_batch", "Sequences whose gradient is computed at one time; 0 for all of the step.", new(0, 65536)) { Default = "0" };

    public static readonly SpecKey<IntegerValue> Length = new("length", "Tokens a sequence at most.", new(1, 1 << 20));

    public static readonly SpecKey<FlagValue> AddBos = new("add_bos", "Put the beginning token before each document.", new()) { Default = "false" };

    public static readonly SpecKey<FlagValue> AddEos = new("add_eos", "Put the end token behind each document.", new()) { Default = "false" };

    public static readonly SpecKey<ChoiceValue<ScheduleShape>> Shape = new(
        "shape", "Of the learning rate after the warm-up.", new(("constant", ScheduleShape.Constant), ("linear", ScheduleShape.Linear), ("cosine", ScheduleShape.Cosine)));

    public static readonly SpecKey<NumberValue> Peak = new("peak", "Highest learning rate.", new(NumberRange.Positive));

    public static readonly SpecKey<IntegerValue> Warmup = new("warmup", "Steps of the warm-up.", new(0)) { Default = "0" };

    public static readonly SpecKey<NumberValue> Final = new("final", "Last learning rate, as a part of the peak.", new(NumberRange.Part)) { Default = "0" };

    public static readonly SpecKey<IntegerValue> DecaySteps = new("decay_steps", "Step where the decay ends; the phase may stop before it. 0: with the phase.", new(0)) { Default = "0" };

    public static readonly SpecKey<SectionValue> Schedule = new(
        "schedule", "The learning rate.", new(new SpecSection("schedule", "The learning rate over the steps of a phase.", Shape, Peak, Warmup, Final, DecaySteps)));

    public static readonly IReadOnlyList<SpecKey> All =
        [Preset, Data, Template, Layout, Mask, Reduction, Steps, Batch, MicroBatch, Length, AddBos, AddEos, Schedule];

    public static readonly SpecSection Section = new("phase", "One phase of pretraining.", All);
}
