using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Graft.Hosting.Limits;

/// <summary>
/// What one caller, one call and one connection may take; configuration section "Limits". A caller is an identity, or an IP address
/// where nobody is asked; on loopback without identities all callers are one user, and the limits per caller do not count.
/// </summary>
public sealed class LimitOptions
{
    public const string Section = "Limits";

    /// <summary>Calls of one caller at one time, watches among them. The default value is 1000.</summary>
    [Range(1, 1_000_000)]
    public int CallsPerCaller { get; set; } = 1000;

    /// <summary>Contents one caller writes at one time. The default value is 64.</summary>
    [Range(1, 1_000_000)]
    public int UploadsPerCaller { get; set; } = 64;

    /// <summary>
    /// Longest time of a call, whatever deadline it brings; then it ends as DEADLINE_EXCEEDED, watches are opened again and uploads go
    /// on where they stopped. The default value is 1 hour.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan CallDuration { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Connections at one time. The default value is 4096.</summary>
    [Range(1, 1_000_000)]
    public int Connections { get; set; } = 4096;

    /// <summary>Bytes of all headers of a call, a token among them. The default value is 32 KiB.</summary>
    [Range(4096, 1 << 20)]
    public int HeaderBytes { get; set; } = 32 << 10;
}

[OptionsValidator]
internal sealed partial class LimitOptionsValidator : IValidateOptions<LimitOptions>;
