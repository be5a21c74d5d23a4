using Graft.Artifacts;
using Graft.Cli.Demo.Documents;
using Graft.Client;

namespace Graft.Cli.Demo;

/// <summary>Writes the demo's model and data into the store. Done again, the store has them already.</summary>
internal static class DemoUpload
{
    /// <returns>The artifact of each input.</returns>
    public static async Task<IReadOnlyDictionary<DemoInput, Digest>> WriteAsync(StoreClient store, DemoSpec spec, CancellationToken cancellationToken)
    {
        var seed = spec.Seed;
        var world = new World(seed);
        var stage2 = Task.Run(() => TextMix.Stage2.Write(world, 12 + (100 * seed), Tokens(spec.Stage2Steps)), cancellationToken);
        var stage1 = Task.Run(() => TextMix.Stage1.Write(world, 11 + (100 * seed), Tokens(spec.Stage1Steps)), cancellationToken);
        var problems = ProblemSet.Write(seed, spec.NumProblems);

        Dictionary<DemoInput, Digest> made = [];
        await WriteAsync(DemoInput.Blueprint, ArtifactKind.Blueprint, [.. Blueprint.Files.Select(file => (file.Path, (ReadOnlyMemory<byte>)file.Bytes))]);
        await WriteDataAsync(DemoInput.Training, problems.Training);
        await WriteDataAsync(DemoInput.Test, problems.Test);
        await WriteDataAsync(DemoInput.Facts, FactRequests.Write(world, seed, spec.NumFacts));
        await WriteDataAsync(DemoInput.Stage2, await stage2);
        await WriteDataAsync(DemoInput.Stage1, await stage1);
        return made;

        Task WriteDataAsync(DemoInput input, ReadOnlyMemory<byte> lines) =>
            WriteAsync(input, ArtifactKind.Dataset, [($"{spec.NameOf(input).Split('/')[^1]}.jsonl", lines)]);

        async Task WriteAsync(DemoInput input, ArtifactKind kind, (string Path, ReadOnlyMemory<byte> Bytes)[] files)
        {
            List<FileEntry> entries = [];
            foreach (var (path, bytes) in files)
            {
                entries.Add(await store.WriteFileAsync(path, bytes, cancellationToken));
            }

            made[input] = await store.PutArtifactAsync(new Manifest(kind) { Files = entries }, spec.NameOf(input), cancellationToken);
        }
    }

    // Each row of a batch is one token longer than its sequence: the last target.
    private static int Tokens(int steps) => steps * DemoSpec.Batch * (DemoSpec.Length + 1);
}
