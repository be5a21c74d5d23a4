using System.ComponentModel.DataAnnotations;

namespace Graft.VectorStore;

/// <summary>Settings of the store, section "VectorStore".</summary>
public sealed class VectorStoreOptions
{
    public const string Section = "VectorStore";

    /// <summary>Folder that holds the objects; made if it is not there. Several processes of one machine may share it.</summary>
    [Required]
    public string Folder { get; set; } = "";

    /// <summary>
    /// Whether artifacts and results survive a power failure. A killed process loses nothing either way: what is written before it
    /// dies is in the system's page cache. Costs one flush of the file system for each artifact and each result.
    /// </summary>
    public bool Fsync { get; set; } = true;

    /// <summary>
    /// Shortest grace period of garbage collection, the same in all processes on the same objects. Writers rely for up to half of it on
    /// what they found in the store, and write it anew when it is older; clocks may differ by a quarter of it. The default value is 10 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00", ConvertValueInInvariantCulture = true, ParseLimitsInInvariantCulture = true)]
    public TimeSpan LeastGrace { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long addresses for direct reads work. The default value is 15 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "7.00:00:00", ConvertValueInInvariantCulture = true, ParseLimitsInInvariantCulture = true)]
    public TimeSpan AddressLifetime { get; set; } = TimeSpan.FromMinutes(15);
}
