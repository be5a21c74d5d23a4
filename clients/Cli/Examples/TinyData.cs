using Graft.Cli.Demo;
using Graft.Cli.Demo.Documents;

namespace Graft.Cli.Examples;

/// <summary>Model and data of the tiny example, as files: the demo's world, less of it.</summary>
internal static class TinyData
{
    /// <summary>Beside the spec.</summary>
    public const string Folder = "tiny-data";

    private const ulong Seed = 0;

    // Steps of its two stages of pretraining; each sequence is one token longer than the spec says.
    private const int Stage1Tokens = 1000 * DemoSpec.Batch * (DemoSpec.Length + 1);
    private const int Stage2Tokens = 300 * DemoSpec.Batch * (DemoSpec.Length + 1);
    private const int NumProblems = 200;
    private const int NumFacts = 160;

    /// <summary>Writes the folder; until it is complete it has another name.</summary>
    /// <exception cref="IOException">It is there already, or cannot be written.</exception>
    public static async Task WriteAsync(string folder, CancellationToken cancellationToken)
    {
        var partial = $"{folder}.{Environment.ProcessId}.tmp";
        try
        {
            var world = new World(Seed);
            var problems = ProblemSet.Write(Seed, NumProblems);
            Directory.CreateDirectory(Path.Combine(partial, "blueprint"));
            foreach (var (path, bytes) in Blueprint.Files)
            {
                await WriteAsync(Path.Combine("blueprint", path), bytes);
            }

            await WriteAsync("stage-1.jsonl", TextMix.Stage1.Write(world, 11, Stage1Tokens));
            await WriteAsync("stage-2.jsonl", TextMix.Stage2.Write(world, 12, Stage2Tokens));
            await WriteAsync("problems.jsonl", problems.Training);
            await WriteAsync("problems-test.jsonl", problems.Test);
            await WriteAsync("facts.jsonl", FactRequests.Write(world, Seed, NumFacts));
            Directory.Move(partial, folder);
        }
        finally
        {
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }
        }

        async Task WriteAsync(string path, ReadOnlyMemory<byte> bytes) =>
            await File.WriteAllBytesAsync(Path.Combine(partial, path), bytes, cancellationToken);
    }
}
