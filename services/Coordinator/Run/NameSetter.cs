using System.Threading.Channels;
using Graft.Artifacts;
using Graft.Faults;

namespace Graft.Coordinator.Run;

/// <summary>Gives the artifacts of a run their names, beside its other work; names that already point there are left alone.</summary>
internal sealed class NameSetter(IWorld world, string prefix, TimeSpan giveUpAfter, TimeProvider time)
{
    private const int Parallelism = 4;

    // At most one entry for each name of the plan.
    private readonly Channel<(string Name, Digest Artifact)> _names = Channel.CreateUnbounded<(string, Digest)>();

    public void Set(string name, Digest artifact) => _names.Writer.TryWrite((name, artifact));

    /// <summary>No more names will come; <see cref="RunAsync"/> ends when all are set.</summary>
    public void Complete() => _names.Writer.TryComplete();

    /// <exception cref="FaultException">A name could not be set.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var known = await Backoff.RetryAsync(token => world.NamesAsync($"{prefix}/", token), giveUpAfter, time, cancellationToken);
        var bounds = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(_names.Reader.ReadAllAsync(cancellationToken), bounds, async (item, token) =>
        {
            var name = $"{prefix}/{item.Name}";
            if (!known.TryGetValue(name, out var artifact) || artifact != item.Artifact)
            {
                await Backoff.RetryAsync(retry => world.SetNameAsync(name, item.Artifact, retry), giveUpAfter, time, token);
            }
        });
    }
}
