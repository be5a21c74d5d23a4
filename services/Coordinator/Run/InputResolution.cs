using Graft.Artifacts;
using Graft.Coordinator.Spec;
using Graft.Faults;

namespace Graft.Coordinator.Run;

/// <summary>Finds out what the references of a spec stand for.</summary>
internal static class InputResolution
{
    /// <param name="spec">The spec.</param>
    /// <param name="given">References the caller has resolved; the rest are names or digests.</param>
    /// <param name="world">The store.</param>
    /// <param name="cancellationToken">Token.</param>
    /// <returns>The artifact of each reference of the spec, and of nothing else.</returns>
    /// <exception cref="FaultException">Invalid: every reference that stands for nothing, for the wrong kind of artifact, or for one that lacks a content.</exception>
    public static async Task<IReadOnlyDictionary<string, Digest>> ResolveAsync(
        RunSpec spec, IReadOnlyDictionary<string, Digest> given, IWorld world, CancellationToken cancellationToken)
    {
        Dictionary<string, Digest> resolved = [];
        var mistakes = new SpecMistakes();
        foreach (var reference in spec.References.DistinctBy(reference => reference.Text))
        {
            var known = given.TryGetValue(reference.Text, out var digest);
            if (!known && reference.IsLocalPath)
            {
                mistakes.Add(reference.Line, reference.Column, $"{reference.Place} is the local path '{reference.Text}'; import it first and send its digest");
                continue;
            }

            try
            {
                var (artifact, kind) = await world.ResolveAsync(known ? digest.ToString() : reference.Text, cancellationToken);
                resolved[reference.Text] = artifact;
                if (kind != KindOf(reference.Kind))
                {
                    mistakes.Add(reference.Line, reference.Column, $"{reference.Place} must be a {KindOf(reference.Kind)}, but '{reference.Text}' is a {kind}");
                }
            }
            catch (FaultException fault) when (fault.Kind is FaultKind.NotFound or FaultKind.Invalid or FaultKind.Corrupt)
            {
                mistakes.Add(reference.Line, reference.Column, $"{reference.Place}: {fault.Message}");
            }
        }

        mistakes.ThrowIfAny();
        return resolved;
    }

    private static ArtifactKind KindOf(ReferenceKind kind) => kind switch
    {
        ReferenceKind.Checkpoint => ArtifactKind.Checkpoint,
        ReferenceKind.Dataset => ArtifactKind.Dataset,
        ReferenceKind.Blueprint => ArtifactKind.Blueprint,
    };
}
