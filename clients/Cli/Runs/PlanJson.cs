using System.Globalization;
using System.Text.Json.Nodes;

namespace Graft.Cli.Runs;

/// <summary>A plan as JSON. Times are in seconds.</summary>
internal static class PlanJson
{
    public static JsonObject Of(V1.PlanRunResponse plan, bool hasSteps)
    {
        var json = new JsonObject
        {
            ["id"] = plan.Run.Id,
            ["name"] = plan.Run.Name,
            ["hits"] = plan.Totals.Hits,
            ["misses"] = plan.Totals.Misses,
            ["blocked"] = plan.Totals.Blocked,
            ["read_bytes"] = plan.Totals.ReadBytes,
            ["written_bytes"] = plan.Totals.WrittenBytes,
            ["work_seconds"] = plan.Totals.Work.ToTimeSpan().TotalSeconds,
            ["worker_hours"] = plan.Totals.Work.ToTimeSpan().TotalHours,
            ["duration_seconds"] = plan.Totals.Duration.ToTimeSpan().TotalSeconds,
            ["unmeasured_jobs"] = plan.Totals.Unmeasured,
            ["speeds"] = new JsonArray([.. plan.Speeds.Select(speed => new JsonObject
            {
                ["kind"] = speed.Kind,
                ["jobs"] = speed.Jobs,
                ["work_per_second"] = speed.WorkPerSecond,
                ["newest"] = speed.Newest.ToDateTimeOffset().ToString("O", CultureInfo.InvariantCulture),
            })]),
        };
        if (hasSteps)
        {
            json["steps"] = new JsonArray([.. plan.Run.Steps.Select(StepOf)]);
        }

        return json;
    }

    private static JsonObject StepOf(V1.Step step)
    {
        var json = new JsonObject
        {
            ["id"] = step.Id,
            ["kind"] = step.Kind,
            ["state"] = RunWords.Of(step.State),
            ["needs"] = new JsonArray([.. step.Needs.Select(need => (JsonNode)need)]),
        };
        Add("recipe", step.Recipe.Length > 0 ? step.Recipe : null);
        Add("artifact", step.Artifact.Length > 0 ? step.Artifact : null);
        Add("reason", step.Error?.Message);
        Add("read_bytes", step.Cost?.ReadBytes);
        Add("written_bytes", step.Cost?.WrittenBytes);
        Add("seconds", step.Cost?.Estimate?.ToTimeSpan().TotalSeconds);
        return json;

        void Add(string name, JsonNode? value)
        {
            if (value is not null)
            {
                json[name] = value;
            }
        }
    }
}
