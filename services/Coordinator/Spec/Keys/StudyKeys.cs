namespace Graft.Coordinator.Spec.Keys;

/// <summary>The keys of a spec itself, and of where its checkpoints come from.</summary>
internal static class StudyKeys
{
    public static readonly SpecKey<TextValue> Name = new("name", "Names in the store of what the run makes begin with it: NAME/M1, NAME/M1-FT, NAME/M2+M1.", new()) { IsRequired = true };

    public static readonly SpecKey<SeedValue> Seed = new("seed", "Stands in for every seed below that is not given.", new()) { Default = "0" };

    public static readonly SpecKey<ListValue> Seeds = new(
        "seeds", "Everything the fine-tuning recipe trains is trained once for each of these, which is added to the seeds of its trainings.", new(new SeedValue()))
    { Default = "[0]" };

    public static readonly SpecKey<NamedValue> Trajectory = new(
        "trajectory", "References of the checkpoints by their names, in training order; instead of pretrain.", new(new ReferenceValue(ReferenceKind.Checkpoint)));

    public static readonly SpecKey<ReferenceValue> Blueprint = new("blueprint", "Config and tokenizer.", new(ReferenceKind.Blueprint)) { IsRequired = true };

    public static readonly SpecKey<NumberValue> Std = new("std", "Standard deviation of the matrices.", new(NumberRange.Positive));

    public static readonly SpecKey<NumberValue> Cutoff = new("cutoff", "Nothing beyond so many standard deviations; 0 for no cut.", new(NumberRange.NotNegative)) { Default = "0" };

    public static readonly SpecKey<SeedValue> InitSeed = new("seed", "Of the generator.", new()) { Default = "the spec's seed" };

    public static readonly SpecKey<SectionValue> Init = new("init", "The first weights.", new(new SpecSection("init", "Random weights.", Std, Cutoff, InitSeed)));

    public static readonly SpecKey<ListValue> Phases = new("phases", "In order.", new(new SectionValue(PhaseKeys.Section))) { IsRequired = true };

    public static readonly SpecKey<NamedValue> Checkpoints = new(
        "checkpoints", "Step after which each checkpoint of the trajectory is kept, counted over all phases, ascending.", new(new IntegerValue(1)))
    { IsRequired = true };

    public static readonly SpecKey<SectionValue> Pretrain = new(
        "pretrain",
        "Makes the trajectory; instead of trajectory.",
        new(new SpecSection(
            "pretrain", "Pretraining of the trajectory.", Blueprint, Init, Phases, Checkpoints, TrainingKeys.Optimizer, TrainingKeys.DTypes, TrainingKeys.Memory, TrainingKeys.ZLoss, TrainingKeys.Seed)));

    public static readonly SpecKey<NamedValue> Given = new(
        "given", "References of fine-tuned checkpoints that exist, by the checkpoint of the trajectory they started from.", new(new ReferenceValue(ReferenceKind.Checkpoint)));

    public static readonly SpecKey<SectionValue> Recipe = new("recipe", "Fine-tunes the checkpoints that have none given; also what merges are trained on with.", new(TrainingKeys.Recipe));

    public static readonly SpecKey<SectionValue> Finetune = new(
        "finetune", "Where the fine-tuned checkpoints come from.", new(new SpecSection("finetune", "Fine-tuned checkpoints: given, trained here, or both.", Given, Recipe)));

    public static readonly SpecKey<ReferenceValue> FineTuned = new("fine_tuned", "The tuned model.", new(ReferenceKind.Checkpoint)) { IsRequired = true };

    public static readonly SpecKey<ReferenceValue> Pretrained = new("pretrained", "The model it was tuned from; it need not be of the trajectory.", new(ReferenceKind.Checkpoint)) { IsRequired = true };

    public static readonly SpecSection Vector = new("vector", "A fine-tuning by somebody else, against its own base.", FineTuned, Pretrained);

    public static readonly SpecKey<NamedValue> Vectors = new(
        "vectors", "Fine-tunings by others: their vectors are extracted and can be merged and compared like those of the trajectory.", new(new SectionValue(Vector)));

    public static readonly SpecKey<NamedValue> Tasks = new("tasks", "What every model of the run is evaluated on.", new(new SectionValue(TaskKeys.Task)));

    public static readonly SpecKey<SectionValue> Experiments = new("experiments", "What to do beyond evaluating the checkpoints and their fine-tunings.", new(ExperimentKeys.Section));

    public static readonly SpecSection Section = new(
        "spec", "A run of Graft; services/Coordinator/Spec/README.md tells all of it.", Name, Seed, Seeds, Trajectory, Pretrain, Finetune, Vectors, Tasks, Experiments);
}
