using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Graft.Merger;

/// <summary>
/// Settings of the merger; configuration section "Merger". Beside the client's cache, one merge of k vectors holds 3 * (2k + 1) slices
/// and two tensors of the result at the most, and one extraction six slices.
/// </summary>
public sealed class MergerOptions
{
    public const string Section = "Merger";

    /// <summary>Bytes of a tensor read at a time from each checkpoint. The default value is 8 MiB.</summary>
    [Range(64 * 1024, 256 * 1024 * 1024)]
    public int SliceBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Vectors of one merge. The default value is 16.</summary>
    [Range(1, 1024)]
    public int MaxVectors { get; set; } = 16;
}

[OptionsValidator]
internal sealed partial class MergerOptionsValidator : IValidateOptions<MergerOptions>;
