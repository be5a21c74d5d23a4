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
}
