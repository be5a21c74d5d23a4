using Graft.Artifacts.Recipes;
using Graft.Coordinator.Spec.Keys;

namespace Graft.Coordinator.Spec;

/// <summary>Reads the tasks.</summary>
internal static class TaskParser
{
    private static readonly string[] _generationMetrics = ["exact_match"];
    private static readonly string[] _logLikelihoodMetrics = ["acc_raw", "acc_per_char", "bits_per_byte"];

    public static IReadOnlyList<TaskSpec> Tasks(SpecMap spec, ulong seed) =>
        [.. (spec.FindNamed(StudyKeys.Tasks) ?? []).Select(entry => Task(entry.Name, SpecMap.Of(entry.Value, entry.Place, TaskKeys.Task, spec.Context), seed))];

    private static TaskSpec Task(string name, SpecMap map, ulong seed)
    {
        var pt = map.FindMap(TaskKeys.Pt);
        var chat = map.FindMap(TaskKeys.Chat);
        var asTuned = Setting(map, chat, seed);
        var asPretrained = pt is null && chat is null ? asTuned : Setting(map, pt, seed);
        var metric = map.Require(TaskKeys.Metric) is { } node ? Metric(map, node, asPretrained, asTuned) : "";
        pt?.Close();
        chat?.Close();
        map.Close();
        return new TaskSpec(name, metric, asPretrained, asTuned);
    }

    private static string Metric(SpecMap map, YamlNode node, params ReadOnlySpan<TaskSetting> settings)
    {
        foreach (var setting in settings)
        {
            var (fitting, why) = setting.Rules switch
            {
                GenerationRules => (_generationMetrics, " for generated answers"),
                LogLikelihoodRules => (_logLikelihoodMetrics, " without generate"),
                _ => ([], ""),
            };
            if (fitting.Length > 0 && map.Values.Text(node, map.PlaceOf(TaskKeys.Metric)) is { Length: > 0 } word && !fitting.Contains(word))
            {
                map.Mistake(TaskKeys.Metric, $"must be one of {string.Join(", ", fitting)}{why}, not '{word}'");
                return word;
            }
        }

        return map.Values.Choice(node, map.PlaceOf(TaskKeys.Metric), TaskKeys.Metrics);
    }

    private static TaskSetting Setting(SpecMap common, SpecMap? own, ulong seed)
    {
        var (rules, at) = Rules(common, own);
        var takesRows = rules is NamedTaskRules or DescribedTaskRules;
        var data = takesRows ? TaskKeys.Data : TaskKeys.Requests;
        foreach (var key in (SpecKey[])[TaskKeys.Data, TaskKeys.FewShot])
        {
            if (!takesRows && Of(key, common, own) is { } holder && holder.Has(key))
            {
                holder.Mistake(key, "is for named and described tasks; plain requests are whole as they are");
            }
        }

        var sampling = Of(TaskKeys.Sampling, common, own).FindMap(TaskKeys.Sampling);
        return new TaskSetting(Of(data, common, own).Reference(data), rules)
        {
            RulesAt = at,
            FewShot = takesRows && Of(TaskKeys.FewShot, common, own) is { } shots && shots.Has(TaskKeys.FewShot) ? shots.Reference(TaskKeys.FewShot) : null,
            MaxLength = Of(TaskKeys.MaxLength, common, own).Integer(TaskKeys.MaxLength, rules is NamedTaskRules ? 2048 : 0),
            AddBos = Of(TaskKeys.AddBos, common, own).Flag(TaskKeys.AddBos),
            Sampling = sampling is null ? null : Sampling(sampling, seed),
            ComputeDType = Of(TaskKeys.Compute, common, own).Choice<Artifacts.DType>(TaskKeys.Compute, Artifacts.DType.F32),
        };
    }

    /// <summary>Where a key is read: in the kind's own mapping if it is there, else in the task's.</summary>
    private static SpecMap Of(SpecKey key, SpecMap common, SpecMap? own) => own is not null && own.Has(key) ? own : common;

    private static (TaskRules Rules, (int Line, int Column) At) Rules(SpecMap common, SpecMap? own)
    {
        SpecKey[] kinds = [TaskKeys.Requests, TaskKeys.Name, TaskKeys.Described];
        var map = own is not null && kinds.Any(own.Has) ? own : common;
        var there = kinds.Where(map.Has).ToList();
        if (there.Count != 1)
        {
            var what = there.Count == 0 ? "says none of requests, task and described" : $"says {string.Join(" and ", there.Select(key => key.Name))}";
            map.Values.Mistake(map.Node, $"{map.Place} {what}; one of requests, task and described says what is asked");
        }

        var node = there.Count > 0 ? map.Find(there[^1])! : map.Node;
        var at = (node.Line, node.Column);
        if (there.Count > 0 && there[^1] != TaskKeys.Requests)
        {
            if (map.Has(TaskKeys.Generate))
            {
                map.Mistake(TaskKeys.Generate, "is for plain requests; a named or described task says itself what is written");
            }

            return (there[^1] == TaskKeys.Name ? Named(map) : new DescribedTaskRules(Description(map, node)), at);
        }

        return (Of(TaskKeys.Generate, common, own).FindMap(TaskKeys.Generate) is { } generate ? Generation(generate) : new LogLikelihoodRules(), at);
    }

    private static NamedTaskRules Named(SpecMap map)
    {
        var name = map.Text(TaskKeys.Name);
        if (name.Length > 0 && !name.Contains("::", StringComparison.Ordinal))
        {
            map.Mistake(TaskKeys.Name, $"is '{name}', which is no task's name such as gsm8k::olmes; a task of your own stands below described");
        }

        return new NamedTaskRules(name);
    }

    private static string Description(SpecMap map, YamlNode node)
    {
        switch (node)
        {
            case YamlScalar:
                return map.Values.Text(node, map.PlaceOf(TaskKeys.Described));
            case YamlMap:
                return YamlJson.Write(node);
            default:
                map.Mistake(TaskKeys.Described, "must be a mapping of keys to values, or its text");
                return "";
        }
    }

    private static GenerationRules Generation(SpecMap map)
    {
        var rules = new GenerationRules(
            map.Integer(TaskKeys.MaxNewTokens),
            [.. map.Items(TaskKeys.Stop).Select(node => map.Values.Text(node, map.PlaceOf(TaskKeys.Stop)))],
            map.Choice<Extraction>(TaskKeys.Extract, Extraction.Whole));
        map.Close();
        return rules;
    }

    private static Sampling Sampling(SpecMap map, ulong seed)
    {
        var sampling = new Sampling(map.Number(TaskKeys.Temperature), map.Number(TaskKeys.TopP, 1), map.Seed(TaskKeys.SamplingSeed, seed));
        map.Close();
        return sampling;
    }
}
