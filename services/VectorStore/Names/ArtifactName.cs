using Graft.Artifacts;
using Graft.Faults;
using Graft.VectorStore.Objects;

namespace Graft.VectorStore.Names;

/// <summary>Names people give: 1 to 200 characters of A-Z a-z 0-9 . _ - + / with no empty, "." or ".." part, and no digest.</summary>
internal static class ArtifactName
{
    public const int MaxLength = 200;

    /// <exception cref="FaultException">Invalid.</exception>
    public static void Check(string name, string field)
    {
        if (name.Length is 0 or > MaxLength || !name.Split('/').All(ObjectKey.IsPart))
        {
            throw FaultException.Invalid(
                $"'{name}' is no name: 1 to {MaxLength} characters of A-Z a-z 0-9 . _ - + / with no empty, '.' or '..' part are expected.", field);
        }

        if (Digest.TryParse(name, out _))
        {
            throw FaultException.Invalid($"'{name}' is a digest and would hide the artifact of that digest.", field);
        }
    }
}
