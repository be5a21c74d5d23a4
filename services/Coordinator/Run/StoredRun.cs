using System.Security.Cryptography;
using System.Text;
using Graft.Artifacts;

namespace Graft.Coordinator.Run;

/// <summary>Where a run stands; see coordinator.proto.</summary>
internal enum RunState
{
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

/// <summary>What is known of a step that cannot be worked out from the store.</summary>
internal sealed record StepOutcome(DateTimeOffset? Started, TimeSpan? Elapsed, StepError? Error)
{
    /// <summary>With <see cref="Work"/>, what plans of later runs estimate from: see <see cref="Costs.Speeds"/>. Null where nothing was measured.</summary>
    public string? Kind { get; init; }

    /// <summary>Which requests, for evaluations.</summary>
    public string? Task { get; init; }

    /// <summary>What the job did in the time it took, in the unit of its kind.</summary>
    public double? Work { get; init; }
}

/// <summary>A run as it is kept: its spec and inputs, and of its course only what cannot be worked out from the store.</summary>
internal sealed record StoredRun
{
    public required string Id { get; init; }

    /// <summary>From the spec; here so that listing runs does not parse them.</summary>
    public required string Name { get; init; }

    public required string Yaml { get; init; }

    /// <summary>What each reference of the spec stands for.</summary>
    public required IReadOnlyDictionary<string, Digest> Inputs { get; init; }

    public required RunState State { get; init; }

    public required DateTimeOffset Started { get; init; }

    public DateTimeOffset? Ended { get; init; }

    /// <summary>Of steps that were executed, by their ids.</summary>
    public IReadOnlyDictionary<string, StepOutcome> Outcomes { get; init; } = new Dictionary<string, StepOutcome>();

    /// <summary>First 16 hex digits of the SHA-256 over the spec, a zero byte, and a line "reference, tab, digest" for each input in ordinal order.</summary>
    public static string IdOf(string yaml, IReadOnlyDictionary<string, Digest> inputs)
    {
        var text = new StringBuilder(yaml).Append('\0');
        foreach (var (reference, artifact) in inputs.OrderBy(input => input.Key, StringComparer.Ordinal))
        {
            text.Append(reference).Append('\t').Append(artifact).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16];
    }
}
