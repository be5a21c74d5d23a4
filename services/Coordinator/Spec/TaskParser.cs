using Graft.Artifacts.Recipes;

namespace Graft.Coordinator.Spec;

/// <summary>Reads the tasks.</summary>
internal static class TaskParser
{
    private static readonly string[] _generationMetrics = ["exact_match"];
    private static readonly string[] _logLikelihoodMetrics = ["acc_raw", "acc_per_char", "bits_per_byte"];

    public static IReadOnlyList<TaskSpec> Tasks(SpecMap? section, SpecContext context) => section is null
        ? []
        : [.. section.NamedEntries().Select(entry => Task(entry.Key.Text, SpecMap.Of(entry.Value, section.PlaceOf(entry.Key.Text), context)))];

    private static TaskSpec Task(string name, SpecMap map)
    {
        var requests = map.Reference("requests", ReferenceKind.Dataset);
        var rules = map.FindMap("generate") is { } generate ? Generation(generate) : (TaskRules)new LogLikelihoodRules();
        var metric = map.Text("metric");
        var fitting = rules is GenerationRules ? _generationMetrics : _logLikelihoodMetrics;
        if (metric.Length > 0 && !fitting.Contains(metric))
        {
            var why = rules is GenerationRules ? "for generated answers" : "without generate";
            map.Mistake("metric", $"must be one of {string.Join(", ", fitting)} {why}, not '{metric}'");
        }

        map.Close();
        return new TaskSpec(name, requests, metric, rules);
    }

    private static GenerationRules Generation(SpecMap map)
    {
        var rules = new GenerationRules(
            map.Integer("max_new_tokens", 1, 1 << 20),
            [.. map.Items("stop", required: false).Select(node => map.TextOf(node, map.PlaceOf("stop")))],
            map.Choice<Extraction>("extract", Extraction.Whole, ("whole", Extraction.Whole), ("last_number", Extraction.LastNumber)));
        map.Close();
        return rules;
    }
}
