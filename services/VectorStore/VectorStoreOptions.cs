using System.ComponentModel.DataAnnotations;
using Graft.VectorStore.Objects.S3;

namespace Graft.VectorStore;

/// <summary>
/// Settings of the store, section "VectorStore": either <see cref="Folder"/> or <see cref="S3"/>. Each may come from the environment,
/// with two underscores for the colon: VectorStore__S3__Endpoint.
/// </summary>
public sealed class VectorStoreOptions : IValidatableObject
{
    public const string Section = "VectorStore";

    /// <summary>Folder that holds the objects; made if it is not there. Several processes of one machine may share it.</summary>
    public string Folder { get; set; } = "";

    /// <summary>Bucket that holds them.</summary>
    public S3Options S3 { get; set; } = new();

    /// <summary>
    /// Whether artifacts and results survive a power failure. A killed process loses nothing either way: what is written before it
    /// dies is in the system's page cache. Costs one flush of the file system for each artifact and each result. Folders only.
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

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        (Folder.Length > 0, S3.IsChosen) switch
        {
            (true, true) => [new ValidationResult($"{Section}:Folder and {S3Options.Section} are both set: choose one place for the objects.")],
            (false, false) => [new ValidationResult($"Nothing says where the objects are: set {Section}:Folder, or {S3Options.Section}:Endpoint, Bucket and keys.")],
            (false, true) => S3OptionsCheck.Mistakes(S3).Select(mistake => new ValidationResult(mistake)),
            (true, false) => [],
        };
}
