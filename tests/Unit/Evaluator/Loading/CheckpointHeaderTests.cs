using System.Text;
using Graft.Artifacts;
using Graft.Evaluator.Loading;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Loading;

public sealed class CheckpointHeaderTests
{
    private readonly MemoryContents _contents = new();

    [Fact]
    public async Task Header_is_read_without_any_tensor()
    {
        var manifest = TinyCheckpoint.Make(_contents);

        var header = await CheckpointHeader.ReadAsync(manifest, _contents, CancellationToken.None);

        Assert.Equal(64, header.Config.HiddenSize);
        Assert.Equal([17, 3], header.Tokenizer.Encode("w17 w3"));
        Assert.Equal(manifest.Files.Select(file => file.Sha256), _contents.Read);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    public async Task Missing_file_is_named(string path)
    {
        var manifest = TinyCheckpoint.Make(_contents);

        Assert.Contains($"has no {path}", await FaultAsync(manifest with { Files = [.. manifest.Files.Where(file => file.Path != path)] }));
    }

    [Fact]
    public async Task Unsupported_architecture_is_named()
    {
        var config = TinyCheckpoint.Config().Replace("olmo2", "gpt2", StringComparison.Ordinal).Replace("Olmo2", "GPT2", StringComparison.Ordinal);
        var manifest = TinyCheckpoint.Make(_contents) with
        {
            Files = [_contents.AddFile("config.json", Encoding.UTF8.GetBytes(config))],
        };

        Assert.Contains("GPT2", await FaultAsync(manifest), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Tensor_that_is_missing_misshapen_of_integers_or_unknown_is_named_before_any_is_read()
    {
        var manifest = TinyCheckpoint.Make(_contents);
        var norm = manifest.Tensors.Single(tensor => tensor.Name == "model.norm.weight");
        Manifest With(params TensorEntry[] instead) => manifest with { Tensors = [.. manifest.Tensors.Where(tensor => tensor != norm), .. instead] };

        Assert.Contains("has no tensor model.norm.weight", await FaultAsync(With()));
        Assert.Contains("has model.norm.weight as [65], but its config.json asks for [64]", await FaultAsync(With(norm with { Shape = [65] })));
        Assert.Contains("has model.norm.weight as I32", await FaultAsync(With(norm with { DType = DType.I32 })));
        Assert.Contains("has a tensor q_proj.bias", await FaultAsync(With(norm, norm with { Name = "q_proj.bias" })));
        Assert.DoesNotContain(_contents.Read, manifest.Tensors.Select(tensor => tensor.Sha256).Contains);
    }

    [Fact]
    public async Task Rotary_frequencies_of_old_checkpoints_are_ignored()
    {
        var manifest = TinyCheckpoint.Make(_contents);
        var old = _contents.AddTensor("model.layers.0.self_attn.rotary_emb.inv_freq", DType.F32, [8], new byte[32]);

        var header = await CheckpointHeader.ReadAsync(manifest with { Tensors = [.. manifest.Tensors, old] }, _contents, CancellationToken.None);

        Assert.Equal(64, header.Config.MaxPositions);
    }

    [Fact]
    public async Task Something_else_than_a_checkpoint_is_refused() =>
        Assert.Contains("A Dataset cannot be evaluated", await FaultAsync(new Manifest(ArtifactKind.Dataset)));

    [Fact]
    public async Task Dataset_without_jsonl_and_other_artifacts_are_refused_as_requests()
    {
        var empty = new Manifest(ArtifactKind.Dataset) { Files = [_contents.AddFile("a.txt", [])] };

        var noFile = await Assert.ThrowsAsync<FaultException>(() => RequestFiles.ReadAsync(empty, _contents, CancellationToken.None));
        var noDataset = await Assert.ThrowsAsync<FaultException>(
            () => RequestFiles.ReadAsync(new Manifest(ArtifactKind.Run), _contents, CancellationToken.None));

        Assert.Contains("no .jsonl file", noFile.Message);
        Assert.Contains("a Dataset is needed", noDataset.Message);
    }

    private async Task<string> FaultAsync(Manifest manifest)
    {
        var fault = await Assert.ThrowsAsync<FaultException>(() => CheckpointHeader.ReadAsync(manifest, _contents, CancellationToken.None));
        Assert.Equal(FaultKind.Invalid, fault.Kind);
        return fault.Message;
    }
}
