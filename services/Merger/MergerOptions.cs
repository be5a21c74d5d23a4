using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Graft.Merger;

/// <summary>
/// Settings of the merger; configuration section "Merger". A job holds at most, whatever the model and beside the client's cache of
/// <c>Client:CacheBytes</c>: <see cref="BufferBytes"/> for the slices it reads, two results of up to <see cref="InMemoryBytes"/> each (the
/// one being written and the one being computed; larger ones go through a file), the transfers of the client (8 MiB a content), and with
/// TIES 16 MiB of counters.
/// </summary>
public sealed class MergerOptions
{
    public const string Section = "Merger";

    /// <summary>Most bytes of a tensor read at a time from each checkpoint. The default value is 8 MiB.</summary>
    [Range(64 * 1024, 256 * 1024 * 1024)]
    public int SliceBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Bytes of all slices of a job; many vectors make the slices of each smaller. The default value is 192 MiB.</summary>
    [Range(1024 * 1024, int.MaxValue)]
    public int BufferBytes { get; set; } = 192 * 1024 * 1024;

    /// <summary>Tensors of a result up to this size are kept in memory until they are written, larger ones in a file. The default value is 32 MiB.</summary>
    [Range(0, 1024 * 1024 * 1024)]
    public int InMemoryBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>Folder of the files for larger tensors, two at a time in it. The default value is the system's folder for temporary files.</summary>
    [Required]
    public string SpoolFolder { get; set; } = Path.GetTempPath();

    /// <summary>Vectors of one merge, artifacts of one comparison. The default value is 16.</summary>
    [Range(1, 1024)]
    public int MaxVectors { get; set; } = 16;

    /// <summary>Bytes of a slice when so many tensors are read at the same time, each one slice ahead.</summary>
    internal int SliceBytesOf(int tensors) => Math.Min(SliceBytes, BufferBytes / (3 * tensors));
}

[OptionsValidator]
internal sealed partial class MergerOptionsValidator : IValidateOptions<MergerOptions>;
