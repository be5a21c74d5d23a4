using System.Text;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Artifacts.Rpc;
using Graft.Artifacts.Safetensors;
using Graft.Client;
using Graft.Faults;
using Graft.Tests.Services.VectorStore;
using Xunit;

namespace Graft.Tests.Services.Client;

public sealed class CheckpointFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("trajectory/M1")]
    [InlineData("golden/olmo2-bf16")]
    [InlineData("golden/olmo2-fp32")]
    [InlineData("golden/llama31-fp32")]
    [InlineData("golden/llama32-tied-fp32")]
    [InlineData("golden/stories260K-hf")]
    public async Task A_checkpoint_of_transformers_is_exported_byte_for_byte(string checkpoint)
    {
        var source = SharedData.Require(checkpoint);
        await using var host = await StoreHost.StartAsync();
        using var client = host.NewClient();

        var manifest = await CheckpointFolder.ImportAsync(client.Store, source, null, null, Token);
        var digest = await client.Store.PutArtifactAsync(manifest, "x", Token);
        var stored = await client.Store.GetArtifactAsync(digest.ToString(), Token);
        await CheckpointFolder.ExportAsync(client.Store, stored.Manifest, _folder.File("out"), null, Token);

        string[] exported = [.. Directory.EnumerateFiles(_folder.File("out")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        Assert.Equal(
            Directory.EnumerateFiles(source).Select(path => Path.GetFileName(path)).Where(name => name != "expected.safetensors").Order(StringComparer.Ordinal),
            exported);
        foreach (var name in exported)
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(source, name)), File.ReadAllBytes(Path.Combine(_folder.File("out"), name)));
        }
    }

    [Fact]
    public async Task A_fine_tuning_is_kept_as_a_delta_of_its_parent_and_has_the_same_digest_without()
    {
        var (pretrained, tuned) = (SharedData.Require("trajectory/M1"), SharedData.Require("trajectory/M1-FT"));
        await using var host = await StoreHost.StartAsync();
        using var client = host.NewClient();

        var parent = await CheckpointFolder.ImportAsync(client.Store, pretrained, null, null, Token);
        await client.Store.PutArtifactAsync(parent, "M1", Token);
        var manifest = await CheckpointFolder.ImportAsync(client.Store, tuned, parent, null, Token);
        await client.Store.PutArtifactAsync(manifest, "M1-FT", Token);

        await using var other = await StoreHost.StartAsync();
        var alone = await CheckpointFolder.ImportAsync(other.Client.Store, tuned, null, null, Token);
        var stored = await client.Store.GetArtifactAsync("M1-FT", Token);
        Assert.Equal(ManifestCodec.DigestOf(manifest), ManifestCodec.DigestOf(alone));
        Assert.Equal(ManifestCodec.DigestOf(manifest), stored.Digest);
        Assert.True(stored.StoredSize < 0.65 * stored.LogicalSize, $"{stored.StoredSize} of {stored.LogicalSize}");
    }

    [Fact]
    public async Task Shards_become_one_checkpoint_and_only_what_belongs_to_it_is_kept()
    {
        var source = WriteCheckpoint("in");
        File.WriteAllText(Path.Combine(source, "README.md"), "x");
        File.WriteAllText(Path.Combine(source, "readme.txt"), "x");
        File.WriteAllText(Path.Combine(source, "pytorch_model.bin"), "x");
        File.WriteAllText(Path.Combine(source, ".hidden.json"), "x");
        File.WriteAllText(Path.Combine(source, "merges.txt"), "a b");
        File.WriteAllText(Path.Combine(source, "chat_template.jinja"), "x");
        Directory.CreateDirectory(Path.Combine(source, "runs"));
        await using var host = await StoreHost.StartAsync();
        Recorder progress = new();

        var manifest = await CheckpointFolder.ImportAsync(host.Client.Store, source, null, progress, Token);

        Assert.Equal(["chat_template.jinja", "config.json", "merges.txt"], manifest.Files.Select(file => file.Path));
        Assert.Equal(["a", "b", "c"], manifest.Tensors.Select(tensor => tensor.Name));
        Assert.Equal([2, 3], manifest.Tensors[1].Shape);
        Assert.Equal(manifest.LogicalSize, progress.Reports.Max(report => report.Done));
        Assert.All(progress.Reports, report => Assert.Equal(manifest.LogicalSize, report.Total));

        await host.Client.Store.PutArtifactAsync(manifest, null, Token);
        await CheckpointFolder.ExportAsync(host.Client.Store, manifest, _folder.File("out"), null, Token);
        using var file = SafetensorsFile.Open(Path.Combine(_folder.File("out"), "model.safetensors"));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(["a", "b", "c"], file.Tensors.Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
        Assert.False(File.Exists(Path.Combine(_folder.File("out"), "model.safetensors.index.json")));
    }

    [Theory]
    [InlineData("no such folder", FaultKind.NotFound, "no such folder")]
    [InlineData("no config", FaultKind.Invalid, "config.json")]
    [InlineData("config is no object", FaultKind.Invalid, "config.json")]
    [InlineData("no weights", FaultKind.Invalid, "has no weights")]
    [InlineData("missing shard", FaultKind.NotFound, "2.safetensors")]
    [InlineData("missing tensor", FaultKind.Invalid, "lacks the tensor d")]
    [InlineData("stray tensor", FaultKind.Invalid, "has the tensor c")]
    [InlineData("shard elsewhere", FaultKind.Invalid, "'../1.safetensors'")]
    [InlineData("index is no index", FaultKind.Invalid, "no index")]
    [InlineData("two single files", FaultKind.Invalid, "several")]
    [InlineData("broken header", FaultKind.Invalid, "1.safetensors")]
    public async Task A_folder_that_is_no_checkpoint_is_refused_before_anything_is_sent(string defect, FaultKind kind, string said)
    {
        var source = WriteCheckpoint("in");
        Break(source, defect);
        await using var host = await StoreHost.StartAsync();

        var folder = defect == "no such folder" ? _folder.File(defect) : source;
        var fault = await StoreHost.RefusedAsync(kind, () => CheckpointFolder.ImportAsync(host.Client.Store, folder, null, null, Token));

        Assert.Contains(said, fault.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(host.ObjectPath("contents")));
    }

    [Fact]
    public async Task A_folder_that_is_not_empty_is_left_alone()
    {
        Directory.CreateDirectory(_folder.File("out"));
        File.WriteAllText(Path.Combine(_folder.File("out"), "mine"), "x");
        await using var host = await StoreHost.StartAsync();

        await StoreHost.RefusedAsync(FaultKind.Exists, () => ExportAsync(host, new Manifest(ArtifactKind.Checkpoint)));

        Assert.Equal(["mine"], Directory.EnumerateFileSystemEntries(_folder.File("out")).Select(path => Path.GetFileName(path)));
    }

    [Fact]
    public async Task An_export_that_fails_leaves_nothing()
    {
        await using var host = await StoreHost.StartAsync();
        var manifest = new Manifest(ArtifactKind.Checkpoint) { Tensors = [new TensorEntry("w", DType.F32, [4], Digest.Of([1]))] };

        await StoreHost.RefusedAsync(FaultKind.NotFound, () => ExportAsync(host, manifest));

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("../evil.json")]
    [InlineData("/tmp/evil.json")]
    [InlineData("a/../../evil.json")]
    [InlineData("..\\evil.json")]
    [InlineData("model.safetensors")]
    [InlineData("")]
    [InlineData("folder/")]
    public async Task No_file_of_an_artifact_gets_out_of_its_folder(string path)
    {
        await using var host = await StoreHost.StartAsync();
        var entry = await host.Client.Store.WriteFileAsync(path, "x"u8.ToArray(), Token);
        var manifest = new Manifest(ArtifactKind.Checkpoint) { Files = [entry] };

        await StoreHost.RefusedAsync(FaultKind.Invalid, () => ExportAsync(host, manifest));

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Only_checkpoints_are_exported()
    {
        await using var host = await StoreHost.StartAsync();

        await StoreHost.RefusedAsync(FaultKind.Invalid, () => ExportAsync(host, new Manifest(ArtifactKind.Dataset)));
    }

    public void Dispose() => _folder.Dispose();

    private Task ExportAsync(TestHost host, Manifest manifest) =>
        CheckpointFolder.ExportAsync(host.Client.Store, manifest, _folder.File("out"), null, Token);

    // Tensors a and b in the first shard, c in the second.
    private string WriteCheckpoint(string name)
    {
        var folder = Directory.CreateDirectory(_folder.File(name)).FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), "{}");
        WriteShard(Path.Combine(folder, "1.safetensors"), ("a", [4]), ("b", [2, 3]));
        WriteShard(Path.Combine(folder, "2.safetensors"), ("c", [1]));
        WriteIndex(folder, ("a", "1.safetensors"), ("b", "1.safetensors"), ("c", "2.safetensors"));
        return folder;
    }

    private static void WriteShard(string path, params (string Name, long[] Shape)[] tensors)
    {
        using var writer = SafetensorsWriter.Create(
            path, tensors.Select(tensor => new TensorEntry(tensor.Name, DType.F32, tensor.Shape, default)), SafetensorsWriter.PyTorchMetadata);
        foreach (var tensor in writer.Tensors)
        {
            writer.Write(tensor, Encoding.ASCII.GetBytes(new string(tensor.Name[0], (int)tensor.Size)));
        }

        writer.Complete();
    }

    private static void WriteIndex(string folder, params (string Tensor, string File)[] map) => File.WriteAllText(
        Path.Combine(folder, "model.safetensors.index.json"),
        JsonSerializer.Serialize(new { metadata = new { }, weight_map = map.ToDictionary(item => item.Tensor, item => item.File) }));

    private static void Break(string folder, string defect)
    {
        string In(string name) => Path.Combine(folder, name);
        switch (defect)
        {
            case "no config":
                File.Delete(In("config.json"));
                break;
            case "config is no object":
                File.WriteAllText(In("config.json"), "[]");
                break;
            case "no weights":
                foreach (var path in Directory.EnumerateFiles(folder, "*safetensors*"))
                {
                    File.Delete(path);
                }

                break;
            case "missing shard":
                File.Delete(In("2.safetensors"));
                break;
            case "missing tensor":
                WriteIndex(folder, ("a", "1.safetensors"), ("b", "1.safetensors"), ("c", "2.safetensors"), ("d", "2.safetensors"));
                break;
            case "stray tensor":
                WriteIndex(folder, ("a", "1.safetensors"), ("b", "1.safetensors"), ("c", "1.safetensors"), ("d", "2.safetensors"));
                break;
            case "shard elsewhere":
                WriteIndex(folder, ("a", "../1.safetensors"));
                break;
            case "index is no index":
                File.WriteAllText(In("model.safetensors.index.json"), "{\"weight_map\": 3}");
                break;
            case "two single files":
                File.Delete(In("model.safetensors.index.json"));
                break;
            case "broken header":
                File.WriteAllBytes(In("1.safetensors"), [1, 2, 3]);
                break;
        }
    }

    private sealed class Recorder : IProgress<(long Done, long Total)>
    {
        private readonly List<(long Done, long Total)> _reports = [];

        public IReadOnlyList<(long Done, long Total)> Reports => _reports;

        public void Report((long Done, long Total) value)
        {
            lock (_reports)
            {
                _reports.Add(value);
            }
        }
    }
}
