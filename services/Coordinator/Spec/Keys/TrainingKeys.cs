using Graft.Artifacts;
using Graft.Artifacts.Recipes;

namespace Graft.Coordinator.Spec.Keys;

/// <summary>What trainings have beside their phases.</summary>
internal static class TrainingKeys
{
    public static readonly SpecKey<NumberValue> Beta1 = new("beta1", "Decay of the first moment.", new(NumberRange.Decay)) { Default = "0.9" };

    public static readonly SpecKey<NumberValue> Beta2 = new("beta2", "Decay of the second moment.", new(NumberRange.Decay)) { Default = "0.95" };

    public static readonly SpecKey<NumberValue> Epsilon = new("epsilon", "Added to the root of the second moment.", new(NumberRange.Positive)) { Default = "1e-8" };

    public static readonly SpecKey<NumberValue> WeightDecay = new("weight_decay", "Decay of matrices.", new(NumberRange.NotNegative)) { Default = "0" };

    public static readonly SpecKey<NumberValue> ClipNorm = new(
        "clip_norm", "Largest norm of all gradients together; 0 for none.", new(NumberRange.NotNegative with { Text = "0 (none) or more" }))
    { Default = "1" };

    public static readonly SpecKey<FlagValue> ExemptEmbeddings = new("exempt_embeddings", "Leave the token embedding out of the decay.", new()) { Default = "false" };

    public static readonly SpecKey<SectionValue> Optimizer = new(
        "optimizer", "AdamW.", new(new SpecSection("optimizer", "AdamW, fresh for each job.", Beta1, Beta2, Epsilon, WeightDecay, ClipNorm, ExemptEmbeddings)));

    public static readonly SpecKey<ChoiceValue<DType>> Compute = new("compute", "Of the computation.", new(("fp32", DType.F32), ("bf16", DType.BF16))) { Default = "fp32" };

    public static readonly SpecKey<ChoiceValue<DType>> Checkpoint = new(
        "checkpoint", "Of the checkpoints that are kept.", new(("fp32", DType.F32), ("bf16", DType.BF16), ("fp16", DType.F16)))
    { Default = "fp32" };

    public static readonly SpecKey<SectionValue> DTypes = new("dtype", "Element types.", new(new SpecSection("dtype", "Element types of a training.", Compute, Checkpoint)));

    public static readonly SpecKey<ChoiceValue<MasterFormat>> Master = new(
        "master", "Weights of the optimizer: in fp32 beside bf16 ones, or as these and the 16 bits that are missing.", new(("fp32", MasterFormat.Full), ("split", MasterFormat.Split)))
    { Default = "fp32" };

    public static readonly SpecKey<ChoiceValue<MomentFormat>> Moments = new(
        "moments", "Moments of AdamW: in fp32, or in a byte each.", new(("fp32", MomentFormat.Full), ("8bit", MomentFormat.Block8)))
    { Default = "fp32" };

    public static readonly SpecKey<FlagValue> Recompute = new("recompute", "Compute layers again in the backward pass instead of keeping what they computed.", new()) { Default = "false" };

    public static readonly SpecKey<IntegerValue> LossChunk = new("loss_chunk", "Tokens whose logits exist at one time; 0 for all.", new(0)) { Default = "0" };

    public static readonly SpecSection MemorySection = new("memory", "What a training keeps in memory. Every choice but the default may change results.", Master, Moments, Recompute, LossChunk);

    /// <summary>8 bytes a parameter, for 7B on one GPU of 80 GB, as graft train --small-memory.</summary>
    public static readonly ChoiceValue<MemorySettings> MemoryWord = new(("small", new MemorySettings(MasterFormat.Split, MomentFormat.Block8, RecomputeActivations: true, LossChunk: 512)));

    public static readonly SpecKey<EitherValue> Memory = new(
        "memory", "What is kept in memory; small is short for master split, moments 8bit, recompute true, loss_chunk 512.", new(MemoryWord, new SectionValue(MemorySection)));

    public static readonly SpecKey<IntegerValue> Rank = new("rank", "Of the updates.", new(1, 65536)) { IsRequired = true };

    public static readonly SpecKey<NumberValue> Alpha = new("alpha", "Scale of the updates, over their rank.", new(NumberRange.Positive)) { Default = "twice the rank" };

    public static readonly SpecKey<ListValue> Targets = new("targets", "Matrices of layers that get updates, with * for any characters.", new(new TextValue())) { Default = "[\"*_proj.weight\"]" };

    public static readonly SpecKey<SeedValue> LoraSeed = new("seed", "Of the first updates.", new()) { Default = "the seed of the training" };

    public static readonly SpecKey<SectionValue> Lora = new(
        "lora", "Train low-rank updates instead of all weights; checkpoints have them merged in.", new(new SpecSection("lora", "LoRA (Hu et al., 2021).", Rank, Alpha, Targets, LoraSeed)));

    public static readonly SpecKey<NumberValue> ZLoss = new("z_loss", "Weight of the squared log-partition in the loss.", new(NumberRange.NotNegative)) { Default = "0" };

    public static readonly SpecKey<SeedValue> Seed = new("seed", "Order of the data.", new()) { Default = "the preset's, or the spec's seed" };

    public static readonly SpecKey<IntegerValue> Every = new(
        "every", "A checkpoint is kept and evaluated after each multiple of it, and after the last step.", new(1))
    { Default = "only the last" };

    public static readonly SpecSection Recipe = new(
        "recipe", "How a checkpoint is fine-tuned, and a merge trained on.", [.. PhaseKeys.All, Every, Optimizer, DTypes, Memory, Lora, ZLoss, Seed]);
}
