using Graft.Artifacts;
using Graft.Artifacts.Recipes;

namespace Graft.Coordinator.Spec.Keys;

/// <summary>A task.</summary>
internal static class TaskKeys
{
    public static readonly ChoiceValue<string> Metrics = new([.. ((string[])
    [
        "exact_match", "exact_match_simple", "exact_match_flex", "exact_match_text", "f1", "math", "squad_f1", "squad_exact_match",
        "acc_raw", "acc_per_token", "acc_per_char", "acc_per_byte", "acc_uncond", "bits_per_byte",
    ]).Select(metric => (metric, metric))]);

    public static readonly SpecKey<ReferenceValue> Requests = new(
        "requests", "Plain requests: {doc_id, choice, context, continuation, gold} for log-likelihoods, {prompt, answer} with generate.", new(ReferenceKind.Dataset));

    public static readonly SpecKey<TextValue> Name = new("task", "A task of OLMES by name, such as gsm8k::olmes (services/Evaluator/README.md lists them).", new());

    public static readonly SpecKey<EitherValue> Described = new(
        "described", "A task of one's own: the description of services/Evaluator/Tasks/README.md, as a mapping or as its text.", new(new OpenValue(), new TextValue { IsLong = true }));

    public static readonly SpecKey<ReferenceValue> Data = new("data", "Rows that a named or described task makes its requests of: a file, or a folder of files.", new(ReferenceKind.Dataset));

    public static readonly SpecKey<ReferenceValue> FewShot = new("few_shot", "Examples that a named or described task shows before each question.", new(ReferenceKind.Dataset));

    public static readonly SpecKey<ChoiceValue<string>> Metric = new("metric", "The one in the tables; the evaluation holds all there are.", Metrics);

    public static readonly SpecKey<IntegerValue> MaxNewTokens = new("max_new_tokens", "Longest answer.", new(1, 1 << 20)) { IsRequired = true };

    public static readonly SpecKey<ChoiceValue<Extraction>> Extract = new(
        "extract", "What of the text is compared.", new(("whole", Extraction.Whole), ("last_number", Extraction.LastNumber)))
    { Default = "whole" };

    public static readonly SpecKey<ListValue> Stop = new("stop", "The answer ends before any of these.", new(new TextValue())) { Default = "[]" };

    public static readonly SpecKey<SectionValue> Generate = new(
        "generate", "Answers of plain requests are written; without it continuations are scored.", new(new SpecSection("generate", "How answers are written.", MaxNewTokens, Extract, Stop)));

    public static readonly SpecKey<IntegerValue> MaxLength = new(
        "max_length", "Longest sequence in tokens; longer contexts lose their beginning. 0: a longer one is an error.", new(0, 1 << 20))
    { Default = "2048 for named tasks, as OLMES has it, else 0" };

    public static readonly SpecKey<FlagValue> AddBos = new("add_bos", "Put the beginning token before each sequence.", new()) { Default = "false" };

    public static readonly SpecKey<NumberValue> Temperature = new("temperature", "Logits are divided by it.", new(NumberRange.Positive)) { IsRequired = true };

    public static readonly SpecKey<NumberValue> TopP = new("top_p", "Draw from the likeliest tokens that together have this probability.", new(NumberRange.Share)) { Default = "1" };

    public static readonly SpecKey<SeedValue> SamplingSeed = new("seed", "Of the drawing.", new()) { Default = "the spec's seed" };

    public static readonly SpecKey<SectionValue> Sampling = new(
        "sampling", "Draw tokens instead of taking the likeliest.", new(new SpecSection("sampling", "How tokens are drawn.", Temperature, TopP, SamplingSeed)));

    public static readonly SpecKey<ChoiceValue<DType>> Compute = new("compute", "Element type of the computation.", new(("fp32", DType.F32), ("bf16", DType.BF16))) { Default = "fp32" };

    private static readonly SpecKey[] _setting = [Requests, Name, Described, Data, FewShot, Generate, MaxLength, AddBos, Sampling, Compute];

    public static readonly SpecSection Setting = new("setting", "What one kind of model is asked; a key that is missing is the task's.", _setting);

    public static readonly SpecKey<SectionValue> Pt = new("pt", "Other keys for the pretrained checkpoints.", new(Setting));

    public static readonly SpecKey<SectionValue> Chat = new("chat", "Other keys for everything fine-tuned or merged.", new(Setting));

    public static readonly SpecSection Task = new("task", "One of requests, task and described says what is asked.", [.. _setting, Metric, Pt, Chat]);
}
