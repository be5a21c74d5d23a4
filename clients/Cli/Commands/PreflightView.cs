using System.Text.Json.Nodes;
using Graft.Cli.Jobs;
using Graft.Faults;
using Graft.Merger.Planning;

namespace Graft.Cli.Commands;

/// <summary>What a merge would do, for people and programs, whoever found it out.</summary>
internal sealed record PreflightView(
    IReadOnlyList<Problem> Problems, long Tensors, long Parameters, long ReadBytes, long WriteBytes, long MemoryBytes, TimeSpan? Estimate)
{
    public static PreflightView Of(Preflight plan) =>
        new(plan.Problems, plan.Tensors, plan.Parameters, plan.ReadBytes, plan.WriteBytes, plan.MemoryBytes, plan.Estimate);

    public static PreflightView Of(V1.PlanMergeResponse plan) => new(
        [.. plan.Problems.Select(problem => new Problem(problem.Field, problem.Message))],
        plan.Tensors,
        plan.Parameters,
        plan.ReadBytes,
        plan.WriteBytes,
        plan.MemoryBytes,
        plan.Estimate?.ToTimeSpan());

    public void Show(Terminal terminal, bool isJson)
    {
        if (isJson)
        {
            JsonOutput.Write(terminal, ToJson());
            return;
        }

        foreach (var line in Problems.Count > 0 ? Problems.Select(problem => $"{problem.Field}: {problem.Text}") : Lines())
        {
            Terminal.WriteLine(terminal.Output, line);
        }
    }

    /// <exception cref="FaultException">Invalid: the merge cannot be done.</exception>
    public void ThrowIfRefused()
    {
        if (Problems.Count > 0)
        {
            throw FaultException.Invalid(
                $"The merge cannot be done: {(Problems.Count == 1 ? "the problem is" : $"the {Problems.Count} problems are")} listed above, and nothing was written.",
                Problems[0].Field);
        }
    }

    private JsonObject ToJson() => new()
    {
        ["problems"] = new JsonArray([.. Problems.Select(problem => new JsonObject { ["field"] = problem.Field, ["message"] = problem.Text })]),
        ["tensors"] = Tensors,
        ["parameters"] = Parameters,
        ["read_bytes"] = ReadBytes,
        ["write_bytes"] = WriteBytes,
        ["memory_bytes"] = MemoryBytes,
        ["seconds"] = Estimate?.TotalSeconds,
    };

    private IEnumerable<string> Lines() =>
    [
        $"tensors     {Tensors}",
        $"parameters  {Parameters:N0}",
        $"reads       {Sizes.Text(ReadBytes)}",
        $"writes      {Sizes.Text(WriteBytes)}",
        $"memory      {Sizes.Text(MemoryBytes)} of buffers at most",
        Estimate is { } time ? $"time        at least {Durations.Text(time)}" : "time        unknown: nothing was merged here yet",
    ];
}
