using System.IO.Compression;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Safetensors;
using Graft.Evaluator;
using Graft.Evaluator.Loading;
using Graft.Evaluator.Prompts;
using Graft.Evaluator.Scoring;
using Graft.Evaluator.Tasks;
using Graft.Modeling.Native;
using static TorchSharp.torch;

namespace Graft.Tests.Benchmarks;

/// <summary>
/// Real five-shot items on a real checkpoint (M3 of ../shared/trajectory: hidden 128, 4 layers), one thread, greedy: the examples read once
/// for the task and the question once for its choices, against every request read whole.
/// </summary>
internal static class PrefixBenchmark
{
    private const int Items = 48;
    private const string Gsm8k = """
        few_shot: {list: "STD:GSM8k", count: 5}
        prompt: "Question: {question}\nAnswer:"
        generate: {answer: answer, max_new_tokens: 64, extract: last_number}
        """;

    public static async Task RunAsync()
    {
        var shared = Path.GetFullPath(Path.Combine(SharedFolder(), "shared"));
        if (!Directory.Exists(shared))
        {
            Measurement.Row("skipped", "-", $"needs {shared}");
            return;
        }

        TorchRuntime.Load();
        var contents = new FolderContents();
        var manifest = contents.Import(Path.Combine(shared, "trajectory", "M3"));
        var header = await CheckpointHeader.ReadAsync(manifest, contents, CancellationToken.None);
        using var model = await LoadedModel.ReadAsync(header, DType.F32, TorchSharp.torch.CPU, contents, CancellationToken.None);
        var data = Path.Combine(shared, "data");
        var arc = Unpacked(Path.Combine(data, "arc_challenge/olmes/arc_challenge__test_rc_5shot/requests.jsonl.gz"));
        var questions = Unpacked(Path.Combine(data, "naturalqs/olmes/naturalqs_open__bpb_5shot/requests.jsonl.gz"));
        var problems = await File.ReadAllBytesAsync(Path.Combine(data, "gsm8k/test.jsonl"));
        var fewShot = new FewShotFiles([("shots.json", await File.ReadAllBytesAsync(Path.Combine(data, "fewshot/olmes_fewshot_sources.json")))]);
        (string Name, TaskRules Rules, byte[] Data)[] tasks =
        [
            ("arc_challenge:rc::olmes", new NamedTaskRules("arc_challenge:rc::olmes"), arc),
            ("arc_challenge:mc::olmes", new NamedTaskRules("arc_challenge:mc::olmes"), arc),
            ("naturalqs:bpb::olmes", new NamedTaskRules("naturalqs:bpb::olmes"), questions),
            ("naturalqs::olmes, 50 new tokens", new NamedTaskRules("naturalqs::olmes"), questions),
            ("GSM8K with five examples, 64 new tokens", new DescribedTaskRules(Gsm8k), problems),
        ];
        foreach (var (name, rules, rows) in tasks)
        {
            var task = TaskSource.Make(rules, [("data.jsonl", rows)], fewShot, header.Tokenizer);
            Compare(name, task with { Questions = [.. task.Questions.Take(Items)] }, header, model);
        }
    }

    private static void Compare(string name, EvaluationTask task, CheckpointHeader header, LoadedModel model)
    {
        // Of this thread; what was awaited may have changed it.
        set_num_threads(1);
        var limits = BatchLimits.Of(new EvaluatorOptions(), header.Config);
        // Each question's requests one by one: nothing of one is used for another.
        var whole = Apart(task).Select(one => new TaskEvaluation(one, new AskingRules(2048), header)).ToList();
        var once = new TaskEvaluation(task, new AskingRules(2048), header);
        var times = Measurement.Compare(1, [() => Run(once), () => whole.ForEach(Run)], warmUps: 1);
        Measurement.Row(name, $"{times[0].TotalMilliseconds:F0} ms", $"{Items} items; whole {times[1].TotalMilliseconds:F0} ms");
        Measurement.Row("  shared / whole", $"{times[0] / times[1]:F3}", $"{times[1] / times[0]:F1} times as fast");

        void Run(TaskEvaluation evaluation)
        {
            foreach (var _ in evaluation.Run(model.Transformer, limits, evaluation.Responses(), CancellationToken.None))
            {
                // Each batch in turn.
            }
        }
    }

    /// <summary>The task's requests in rows of their own, batched by length as others do it: choice by choice.</summary>
    private static IEnumerable<EvaluationTask> Apart(EvaluationTask task)
    {
        var most = task.Questions.Max(question => question.Continuations.Count);
        for (var i = 0; i < most; i++)
        {
            var asked = task.Questions.Where(question => i < question.Continuations.Count)
                .Select(question => question with { Prompt = i == 0 ? question.Prompt : null, Continuations = [question.Continuations[i]] });
            yield return task with { Shared = "", Questions = [.. asked], Writing = i == 0 ? task.Writing : null };
        }
    }

    private static byte[] Unpacked(string file)
    {
        using var packed = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        packed.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static string SharedFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Services.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder?.FullName ?? ".", "..");
    }

    /// <summary>Contents of a checkpoint's folder, in memory.</summary>
    private sealed class FolderContents : IContentReader
    {
        private readonly Dictionary<Digest, byte[]> _contents = [];

        public Manifest Import(string folder)
        {
            using var weights = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
            return new Manifest(ArtifactKind.Checkpoint)
            {
                Tensors =
                [
                    .. weights.Tensors.Select(tensor =>
                    {
                        var bytes = new byte[tensor.End - tensor.Begin];
                        weights.Read(tensor, bytes);
                        return new TensorEntry(tensor.Name, tensor.DType, tensor.Shape, Add(bytes));
                    }),
                ],
                Files =
                [
                    .. new[] { "config.json", "tokenizer.json", "tokenizer_config.json" }.Select(path =>
                    {
                        var bytes = File.ReadAllBytes(Path.Combine(folder, path));
                        return new FileEntry(path, bytes.Length, Add(bytes));
                    }),
                ],
            };
        }

        public Task<byte[]> ReadAsync(Digest content, long size, CancellationToken cancellationToken) => Task.FromResult(_contents[content]);

        private Digest Add(byte[] bytes)
        {
            var digest = Digest.Of(bytes);
            _contents[digest] = bytes;
            return digest;
        }
    }
}
