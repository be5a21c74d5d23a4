using Graft.Tests.Benchmarks;
using Graft.Tests.Benchmarks.Fuzzing;
using Graft.Tests.Benchmarks.Load;

// Measures, never asserts. Every ratio compares two things timed in turn in one run.
var benchmarks = new (string Name, string About, Func<Task> Run)[]
{
    ("training", "one update of the demo's model: fused, autograd, and the matrix products alone", TrainingBenchmark.RunAsync),
    ("decoding", "batched greedy decoding of the demo's model, with and without KV cache", DecodingBenchmark.RunAsync),
    ("prefix", "five-shot evaluation with a shared prefix against every request read whole", PrefixBenchmark.RunAsync),
    ("merge", "linear merge in bf16 against copying memory", MergeBenchmark.RunAsync),
    ("merge-folder", "a merge of 1e9 parameters from folders to a folder against reading and writing as much (needs 12 GB of disk)", FolderMergeBenchmark.RunAsync),
    ("merge-store", "the same merge through store and merger, and its memory (needs 20 GB of disk)", StoreMergeBenchmark.RunAsync),
    ("codec", "delta codec: sizes and speeds on real and made-up fine-tunings, against BitX and ZipNN's Huffman coding", CodecBenchmark.RunAsync),
    ("store", "256 MiB up and down through the store in a folder, against hashing and codec alone", StoreBenchmark.RunAsync),
    ("transfer", "reading a checkpoint whose objects are on S3: through the service, directly, from disk, from memory", TransferBenchmark.RunAsync),
    ("tokenizer", "MB/s per core on English: our tokenizer and Microsoft.ML.Tokenizers", TokenizerBenchmark.RunAsync),
    ("s3", "objects in a bucket against the Minio package's own calls, on one server", S3Benchmark.RunAsync),
    ("coordinator", "a study of ten thousand steps: expansion, plan, and a run whose steps are all hits", CoordinatorBenchmark.RunAsync),
    ("expansion", "a spec read and expanded into 10,000 and 50,000 steps", ExpansionBenchmark.RunAsync),
    ("orchestration", "the full demo: a run whose steps are all hits, and the share of wall time outside training and evaluation", OrchestrationBenchmark.RunAsync),
};

if (args is ["load", ..])
{
    return await LoadCommand.RunAsync(args);
}

if (args is ["fuzz", ..])
{
    return FuzzCommand.Run(args);
}

if (args is ["advise", ..] && !args.Contains("--help"))
{
    return await AdviceBenchmark.RunAsync(args);
}

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine("Usage: dotnet run -c Release --project tests/Benchmarks -- [NAME ...]      (all of them without a name)");
    foreach (var (name, about, _) in benchmarks)
    {
        Console.WriteLine($"  {name,-14} {about}");
    }

    Console.WriteLine("       dotnet run -c Release --project tests/Benchmarks -- fuzz [--cases N] [--seed S]      (hostile bytes for the parsers)");
    Console.WriteLine("       dotnet run -c Release --project tests/Benchmarks -- load [--clients 200] [--minutes 1] [--pause 1]      (many clients while studies run; --minutes 60 is the soak)");
    Console.WriteLine("       dotnet run -c Release --project tests/Benchmarks -- advise [--seeds 0,1,2] [--preset quick|full] [--store DIR]      (how often graft advise is right)");
    return 0;
}

var unknown = args.Except(benchmarks.Select(benchmark => benchmark.Name)).ToArray();
if (unknown.Length > 0)
{
    Console.Error.WriteLine($"No benchmark is called {string.Join(", ", unknown)}; --help lists them.");
    return 2;
}

foreach (var (name, about, run) in benchmarks.Where(benchmark => args.Length == 0 || args.Contains(benchmark.Name)))
{
    Console.WriteLine($"{name}: {about}");
    await run();
}

return 0;
