using System.Text.Json;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client.Checkpoints;
using Graft.Faults;
using Graft.Merger.Folders;
using Graft.Tests.Unit.Merger.Methods;
using Xunit;

namespace Graft.Tests.Unit.Merger.Folders;

public sealed class FolderMergeTests
{
    [Fact]
    public async Task All_merges_of_the_reference_trajectory_are_reproduced_from_folders()
    {
        var trajectory = SharedData.Require("trajectory");
        using var expected = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(trajectory, "expected.json")));
        using var folders = new CheckpointFolders();
        string[] names = ["M1", "M2", "M3", "M4", "M5"];
        foreach (var (start, source) in from start in names from source in names where start != source select (start, source))
        {
            var output = folders[$"{start}-{source}"];

            await MergeAsync(new FolderMergeSettings
            {
                Base = Path.Combine(trajectory, start),
                Vectors = [new FolderVector(Path.Combine(trajectory, $"{source}-FT"), Path.Combine(trajectory, source), 1)],
                Output = output,
                ShardBytes = start == "M1" ? 500_000 : 5_000_000_000,
            });

            var key = $"{start}+vec({source}-FT - {source})";
            var sha256 = expected.RootElement.GetProperty("merges").GetProperty(key).GetProperty("sha256").GetString();
            Assert.Equal((key, sha256), (key, CheckpointFolders.HashOf(output)));
        }
    }

    public static TheoryData<string, object> Methods() => new()
    {
        { "linear", new MergeMethod.Linear() },
        { "ties", new MergeMethod.Ties(0.3, 0.7) },
        { "dare", new MergeMethod.Dare(0.6, 3) },
    };

    [Theory]
    [MemberData(nameof(Methods), DisableDiscoveryEnumeration = true)]
    public async Task Every_method_merges_shards_of_mixed_element_types_into_shards(string name, object method)
    {
        using var folders = new CheckpointFolders();
        var settings = Settings(folders, DType.F32, shardBytes: 50_000) with
        {
            Method = (MergeMethod)method,
            TensorScales = [new TensorScale("*.layers.1.*", 0.5), new TensorScale("model.norm.*", 0)],
            ShardBytes = 50_000,
        };

        await MergeAsync(settings);

        var (start, merged) = (CheckpointFolders.Read(settings.Base), CheckpointFolders.Read(settings.Output));
        Assert.Equal(start.Keys.Order(), merged.Keys.Order());
        Assert.Equal(start["model.norm.weight"].Bytes, merged["model.norm.weight"].Bytes);
        foreach (var tensor in start.Keys.Where(tensor => tensor != "model.norm.weight"))
        {
            Merged.Operand Of(string folder) => new(CheckpointFolders.Read(folder)[tensor].DType, CheckpointFolders.Read(folder)[tensor].Bytes);
            var terms = settings.Vectors.Select(vector => new Merged.Term(Of(vector.FineTuned), Of(vector.Pretrained), vector.Scale)).ToArray();
            var factor = tensor.Contains("layers.1", StringComparison.Ordinal) ? 0.5 : 1;
            var expected = Merged.Run((MergeMethod)method, DType.F32, Of(settings.Base), terms, factor: factor, name: tensor);
            Assert.Equal((name, tensor, Convert.ToHexString(expected)), (name, tensor, Convert.ToHexString(merged[tensor].Bytes)));
        }

        string[] files = [.. Directory.GetFiles(settings.Output).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        Assert.Equal(
            [
                "config.json", "graft-merge.json", "model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
                "model-00003-of-00003.safetensors", "model.safetensors.index.json", "tokenizer.json",
            ],
            files);
    }

    [Fact]
    public async Task The_authors_procedure_on_checkpoints_of_fp32_casts_the_inputs()
    {
        using var folders = new CheckpointFolders();
        var settings = Settings(folders, DType.F32) with { DType = DType.BF16, CastInputs = true };

        await MergeAsync(settings);

        foreach (var (name, tensor) in CheckpointFolders.Read(settings.Output))
        {
            double[] Cast(string folder) =>
                [.. Numbers.Values(CheckpointFolders.Read(folder)[name].DType, CheckpointFolders.Read(folder)[name].Bytes)
                    .Select(value => Numbers.Rounded(DType.BF16, value))];
            var sum = Cast(settings.Base);
            foreach (var vector in settings.Vectors)
            {
                var (to, from) = (Cast(vector.FineTuned), Cast(vector.Pretrained));
                sum = [.. sum.Select((value, i) => value + (vector.Scale * (to[i] - from[i])))];
            }

            Assert.Equal((DType.BF16, Convert.ToHexString(Numbers.AllBits(DType.BF16, sum))), (tensor.DType, Convert.ToHexString(tensor.Bytes)));
        }
    }

    [Fact]
    public async Task The_vocabulary_may_have_grown()
    {
        using var folders = new CheckpointFolders();
        var start = folders.Write("M2", [("model.embed_tokens.weight", [2, 2], Merged.Of(DType.F32, 1, 2, 3, 4))]);
        var pretrained = folders.Write("M1", [("model.embed_tokens.weight", [2, 2], Merged.Of(DType.BF16, 1, 1, 1, 1))]);
        var fineTuned = folders.Write("M1-FT", [("model.embed_tokens.weight", [3, 2], Merged.Of(DType.BF16, 2, 2, 2, 2, 7, 8))]);

        await MergeAsync(new FolderMergeSettings { Base = start, Vectors = [new FolderVector(fineTuned, pretrained, 1)], Output = folders["out"] });

        Assert.Equal([2, 3, 4, 5, 7, 8], Numbers.Values(DType.F32, CheckpointFolders.Read(folders["out"])["model.embed_tokens.weight"].Bytes));
        Assert.Equal("\"M1-FT\"", File.ReadAllText(Path.Combine(folders["out"], "tokenizer.json")));
    }

    [Fact]
    public async Task Whole_numbers_are_copied_when_equal_and_refused_by_name_when_not()
    {
        using var folders = new CheckpointFolders();
        string Write(string name, byte last, double weight) => folders.Write(
            name, [("counts", [4], new Merged.Operand(DType.U8, [1, 2, 3, last])), ("w", [1], Merged.Of(DType.BF16, weight))]);
        var (start, pretrained, fineTuned, other) = (Write("M2", 4, 1), Write("M1", 4, 2), Write("M1-FT", 4, 3), Write("other", 5, 3));

        await MergeAsync(new FolderMergeSettings { Base = start, Vectors = [new FolderVector(fineTuned, pretrained, 1)], Output = folders["out"] });
        var refused = await Assert.ThrowsAsync<FaultException>(() => MergeAsync(
            new FolderMergeSettings { Base = start, Vectors = [new FolderVector(other, pretrained, 1)], Output = folders["none"] }));

        Assert.Equal([1, 2, 3, 4], CheckpointFolders.Read(folders["out"])["counts"].Bytes);
        Assert.Equal([2], Numbers.Values(DType.BF16, CheckpointFolders.Read(folders["out"])["w"].Bytes));
        Assert.Equal((FaultKind.Invalid, "vectors[0]"), (refused.Kind, refused.Field));
        Assert.Contains("counts", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["M1", "M1-FT", "M2", "other", "out"], Names(folders));
    }

    [Fact]
    public void Everything_that_does_not_fit_is_told_before_anything_is_written()
    {
        using var folders = new CheckpointFolders();
        var start = folders.Write("M2", [("a", [2], Merged.Of(DType.BF16, 1, 2)), ("b", [2], Merged.Of(DType.BF16, 1, 2))]);
        var pretrained = folders.Write("M1", [("a", [2], Merged.Of(DType.BF16, 1, 2)), ("c", [1], Merged.Of(DType.BF16, 1))]);
        var fineTuned = folders.Write("M1-FT", [("a", [1, 2], Merged.Of(DType.BF16, 1, 2)), ("c", [1], Merged.Of(DType.BF16, 1))]);
        Directory.CreateDirectory(folders["out"]);
        File.WriteAllText(Path.Combine(folders["out"], "there"), "");

        using var merge = FolderMerge.Open(
            new FolderMergeSettings
            {
                Base = start,
                Vectors = [new FolderVector(fineTuned, pretrained, double.NaN), new FolderVector(folders["nowhere"], pretrained, 1)],
                Output = folders["out"],
                TensorScales = [new TensorScale("x*", 1)],
            },
            TimeProvider.System);

        string[] words = ["NaN", "nowhere", "tensor a is [1, 2]", "tensor b", "tensor c", "'x*'", "not an empty folder"];
        Assert.All(words, word => Assert.Contains(merge.Preflight.Problems, problem => problem.Text.Contains(word, StringComparison.Ordinal)));
        Assert.Equal(["M1", "M1-FT", "M2", "out"], Names(folders));
    }

    [Fact]
    public void What_it_would_cost_is_told_from_headers()
    {
        using var folders = new CheckpointFolders();
        var settings = Settings(folders, DType.F32) with { Workers = 2 };

        using var merge = FolderMerge.Open(settings, TimeProvider.System);

        const int Elements = 3200 + (3 * 8000) + 32;
        var plan = merge.Preflight;
        Assert.Empty(plan.Problems);
        Assert.Equal((5, Elements), (plan.Tensors, plan.Parameters));
        Assert.Equal(Elements * (4L + (2 * (2 + 4))), plan.ReadBytes);
        Assert.InRange(plan.WriteBytes, Elements * 4, (Elements * 4) + 1000);
        Assert.Equal(2L * FolderWriting.SliceElements * (4 + (2 * (2 + 4)) + 4), plan.MemoryBytes);
        Assert.True(plan.Estimate > TimeSpan.Zero);
        Assert.False(Directory.Exists(settings.Output));
    }

    [Fact]
    public async Task An_interrupted_merge_goes_on_behind_its_last_complete_file()
    {
        using var folders = new CheckpointFolders();
        var settings = Settings(folders, DType.F32) with { ShardBytes = 50_000, Workers = 1 };
        using var interruption = new CancellationTokenSource();

        using (var merge = FolderMerge.Open(settings, TimeProvider.System))
        {
            // The first file holds the embedding and a layer.
            var isAtSecondFile = new Callback(done => done > 45_000);
            isAtSecondFile.Happened += interruption.Cancel;
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => merge.RunAsync(isAtSecondFile, interruption.Token));
        }

        var first = Path.Combine($"{settings.Output}.partial", "model-00001-of-00003.safetensors");
        Assert.False(Directory.Exists(settings.Output));
        Assert.Contains(first, Directory.GetFiles($"{settings.Output}.partial"));
        Assert.NotEqual(3, Directory.GetFiles($"{settings.Output}.partial", "*.safetensors").Length);
        Assert.Empty(Directory.GetFiles($"{settings.Output}.partial", "*.tmp"));
        // A mark in the complete file tells whether it is used.
        var bytes = await File.ReadAllBytesAsync(first);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(first, bytes);
        await MergeAsync(settings);

        Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(settings.Output, Path.GetFileName(first))));
        await MergeAsync(settings with { Output = folders["again"] });
        foreach (var file in Directory.GetFiles(settings.Output).Where(file => Path.GetFileName(file) != Path.GetFileName(first)))
        {
            Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(folders["again"], Path.GetFileName(file))), await File.ReadAllBytesAsync(file));
        }
    }

    [Fact]
    public async Task What_another_merge_left_is_not_used()
    {
        using var folders = new CheckpointFolders();
        var settings = Settings(folders, DType.F32) with { ShardBytes = 50_000 };
        Directory.CreateDirectory($"{settings.Output}.partial");
        await File.WriteAllTextAsync(Path.Combine($"{settings.Output}.partial", "model-00001-of-00003.safetensors"), "of something else");
        await File.WriteAllTextAsync(Path.Combine($"{settings.Output}.partial", ".key"), "of something else");

        await MergeAsync(settings);
        await MergeAsync(settings with { Output = folders["again"] });

        Assert.Equal(CheckpointFolders.HashOf(folders["again"]), CheckpointFolders.HashOf(settings.Output));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(settings.Output), entry => Path.GetFileName(entry).StartsWith('.'));
    }

    [Fact]
    public void Two_merges_do_not_write_one_folder()
    {
        using var folders = new CheckpointFolders();
        using var first = new PartialFolder(folders["out"], "key");

        var refused = Assert.Throws<FaultException>(() => new PartialFolder(folders["out"], "key"));

        Assert.Equal(FaultKind.Precondition, refused.Kind);
        Assert.Contains("another merge", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_merge_that_fails_leaves_nothing()
    {
        using var folders = new CheckpointFolders();
        var settings = Settings(folders, DType.F32);
        using var merge = FolderMerge.Open(settings, TimeProvider.System);
        using (var file = File.OpenHandle(Path.Combine(settings.Vectors[0].FineTuned, "model.safetensors"), FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(file, 10_000);
        }

        var fault = await Assert.ThrowsAsync<FaultException>(() => merge.RunAsync(progress: null, CancellationToken.None));

        Assert.Equal(FaultKind.Corrupt, fault.Kind);
        Assert.Equal(["ft1", "ft2", "pt", "start"], Names(folders));
    }

    [Fact]
    public async Task A_merge_tells_how_it_came_to_be_and_its_record_is_not_part_of_the_model()
    {
        using var folders = new CheckpointFolders();
        var settings = Settings(folders, DType.BF16) with { Method = new MergeMethod.Ties(0.5, 2), HashInputs = true };

        await MergeAsync(settings);

        using var record = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(settings.Output, "graft-merge.json")));
        var recipe = record.RootElement.GetProperty("recipe");
        Assert.Equal(settings.Base, recipe.GetProperty("base").GetString());
        Assert.Equal(["ties", "0.5", "2"], recipe.GetProperty("method").EnumerateObject().Select(property => property.Value.ToString()));
        Assert.Equal([0.5, -1.25], recipe.GetProperty("vectors").EnumerateArray().Select(vector => vector.GetProperty("scale").GetDouble()));
        var inputs = record.RootElement.GetProperty("inputs").EnumerateArray().ToDictionary(
            input => input.GetProperty("folder").GetString()!, input => input.GetProperty("files")[0].GetProperty("sha256").GetString());
        Assert.Equal(4, inputs.Count);
        Assert.All(inputs, input => Assert.Equal(
            Digest.Of(File.ReadAllBytes(Path.Combine(input.Key, "model.safetensors"))).ToString(), input.Value));
        Assert.DoesNotContain(SmallFiles.Find(settings.Output), file => file.Name == SmallFiles.MergeRecord);
    }

    [Fact]
    public async Task The_ends_of_an_interpolation_are_the_two_checkpoints()
    {
        using var folders = new CheckpointFolders();
        var (start, end) = (folders.WriteRandom("A", DType.F32, 1), folders.WriteRandom("B", DType.F32, 2));
        foreach (var (at, same) in new[] { (0.0, start), (1.0, end) })
        {
            var settings = new FolderMergeSettings
            {
                Base = start,
                Vectors = [new FolderVector(end, start, at)],
                Output = folders[$"at-{at}"],
                Method = new MergeMethod.Interpolation(),
            };

            await MergeAsync(settings);

            Assert.Equal(CheckpointFolders.HashOf(same), CheckpointFolders.HashOf(settings.Output));
        }
    }

    private static async Task MergeAsync(FolderMergeSettings settings)
    {
        using var merge = FolderMerge.Open(settings, TimeProvider.System);
        await merge.RunAsync(progress: null, TestContext.Current.CancellationToken);
    }

    // Two vectors of one PT, of bf16 fine-tunes.
    private static FolderMergeSettings Settings(CheckpointFolders folders, DType dtype, long? shardBytes = null)
    {
        var pretrained = folders.WriteRandom("pt", dtype, 2, shardBytes);
        return new FolderMergeSettings
        {
            Base = folders.WriteRandom("start", dtype, 1, shardBytes),
            Vectors =
            [
                new FolderVector(folders.WriteRandom("ft1", DType.BF16, 3), pretrained, 0.5),
                new FolderVector(folders.WriteRandom("ft2", DType.BF16, 4, shardBytes), pretrained, -1.25),
            ],
            Output = folders["out"],
        };
    }

    private static IEnumerable<string?> Names(CheckpointFolders folders) =>
        Directory.GetFileSystemEntries(folders.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    /// <summary>Tells once when the bytes that are done fulfil a condition, at once and on the thread that reports.</summary>
    private sealed class Callback(Func<long, bool> condition) : IProgress<(long Done, long Total)>
    {
        private bool _happened;

        public event Action? Happened;

        public void Report((long Done, long Total) value)
        {
            if (!_happened && condition(value.Done))
            {
                _happened = true;
                Happened?.Invoke();
            }
        }
    }
}
