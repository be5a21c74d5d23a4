using System.Globalization;
using System.Text;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Artifacts.Safetensors;
using Graft.Client;
using Graft.Faults;
using Graft.Tests.Network;
using Graft.Tests.Services.VectorStore;
using Xunit;

namespace Graft.Tests.Services.Client;

public sealed class TransferTests : IDisposable
{
    private const int MiB = 1 << 20;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tensor_above_the_limit_of_a_whole_one_goes_in_and_out_in_pieces()
    {
        await using var host = await StoreHost.StartAsync();
        using var client = NewClient(host.Address);
        var source = WriteCheckpoint("in", (70 * MiB) + 2, 5 * MiB);
        Recorder sent = new(), received = new();

        var manifest = await CheckpointFolder.ImportAsync(client.Store, source, null, sent, Token);
        await client.Store.PutArtifactAsync(manifest, "x", Token);
        await CheckpointFolder.ExportAsync(client.Store, manifest, _folder.File("out"), received, Token);

        AssertSame(source, _folder.File("out"));
        Assert.Equal((manifest.LogicalSize, manifest.LogicalSize), sent.Last);
        Assert.Equal((manifest.LogicalSize, manifest.LogicalSize), received.Last);
        // Bytes, not tensors: the big one shows how far it is.
        Assert.True(sent.Count >= 18, $"{sent.Count} reports");
        Assert.True(received.Count >= 18, $"{received.Count} reports");
        Assert.Equal(0, client.Store.Transfers.Used);
    }

    [Fact]
    public async Task A_tensor_longer_than_any_array_goes_in_and_out()
    {
        await using var host = await StoreHost.StartAsync();
        using var client = NewClient(host.Address);
        // Rows of 1 KiB, all zeros but for the last one.
        var rows = (Array.MaxLength / 1024L) + 100;
        var source = WriteHollowCheckpoint("in", rows * 1024, Noise(1024));

        var manifest = await CheckpointFolder.ImportAsync(client.Store, source, null, null, Token);
        await CheckpointFolder.ExportAsync(client.Store, manifest, _folder.File("out"), null, Token);

        var tensor = manifest.Tensors[0] with { Shape = [rows, 1024] };
        Assert.Equal(Noise(1024), await client.Store.ReadRowsAsync(tensor, rows - 1, 1, Token));
        using var exported = SafetensorsFile.Open(_folder.File("out/model.safetensors"));
        var last = new byte[2048];
        exported.Read(exported.Tensors[0], tensor.Size - 2048, last);
        Assert.Equal([.. new byte[1024], .. Noise(1024)], last);
        await StoreHost.RefusedAsync(FaultKind.Invalid, () => client.Store.ReadAsync(tensor.Sha256, tensor.Size, Token));
    }

    [Fact]
    public async Task Many_tensors_go_through_a_small_budget()
    {
        await using var host = await StoreHost.StartAsync();
        using var client = new GraftClient(new ClientOptions { Server = host.Address, CacheBytes = 0, TransferBytes = 100_000 }, TimeProvider.System);
        var source = WriteCheckpoint("in", [.. Enumerable.Range(1, 100).Select(i => i * 2000)]);

        var manifest = await CheckpointFolder.ImportAsync(client.Store, source, null, null, Token);
        await CheckpointFolder.ExportAsync(client.Store, manifest, _folder.File("out"), null, Token);

        AssertSame(source, _folder.File("out"));
    }

    [Fact]
    public async Task An_export_in_shards_is_one_checkpoint_again()
    {
        await using var host = await StoreHost.StartAsync();
        using var client = NewClient(host.Address);
        var source = WriteCheckpoint("in", 6000, 5000, 4000, 3000, 2000);

        var manifest = await CheckpointFolder.ImportAsync(client.Store, source, null, null, Token);
        await CheckpointFolder.ExportAsync(client.Store, manifest, _folder.File("out"), maxShardBytes: 9000, null, Token);

        Assert.Equal(
            [
                "config.json",
                "model-00001-of-00003.safetensors",
                "model-00002-of-00003.safetensors",
                "model-00003-of-00003.safetensors",
                "model.safetensors.index.json",
            ],
            Names(_folder.File("out")));
        using var index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_folder.File("out"), "model.safetensors.index.json")));
        Assert.Equal(20_000, index.RootElement.GetProperty("metadata").GetProperty("total_size").GetInt64());
        var again = await CheckpointFolder.ImportAsync(client.Store, _folder.File("out"), null, null, Token);
        Assert.Equal(manifest.Tensors.Select(tensor => (tensor.Name, tensor.Sha256)), again.Tensors.Select(tensor => (tensor.Name, tensor.Sha256)));
    }

    [Fact]
    public async Task An_interrupted_export_goes_on_with_what_is_there()
    {
        await using var host = await StoreHost.StartAsync();
        var source = WriteCheckpoint("in", [.. Enumerable.Repeat(MiB, 40)]);
        using var writer = NewClient(host.Address);
        var manifest = await CheckpointFolder.ImportAsync(writer.Store, source, null, null, Token);
        await using var proxy = new CuttingProxy(host.Address, cutsUpload: false);
        using var client = NewClient(proxy.Address);
        using var interruption = CancellationTokenSource.CreateLinkedTokenSource(Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CheckpointFolder.ExportAsync(
            client.Store, manifest, _folder.File("out"), new Interrupter(interruption, 20 * MiB), interruption.Token));

        Assert.False(Directory.Exists(_folder.File("out")));
        Assert.True(Directory.Exists(_folder.File("out.partial")));
        File.WriteAllText(_folder.File("out.partial/left.by.another"), "x");
        var before = proxy.Passed;
        await CheckpointFolder.ExportAsync(client.Store, manifest, _folder.File("out"), null, Token);

        AssertSame(source, _folder.File("out"));
        Assert.InRange(before, 20L * MiB, 32L * MiB);
        // All that had arrived in full stays; in between are headers, and at most the tensors that were on their way.
        Assert.InRange(proxy.Passed, 40L * MiB, (40L + 16) * MiB);
        Assert.False(Directory.Exists(_folder.File("out.partial")));
    }

    [Fact]
    public async Task An_export_that_was_killed_at_its_end_goes_on_too_and_wrong_bytes_do_not_survive()
    {
        await using var host = await StoreHost.StartAsync();
        using var client = NewClient(host.Address);
        var source = WriteCheckpoint("in", 50_000, 60_000);
        var manifest = await CheckpointFolder.ImportAsync(client.Store, source, null, null, Token);
        await CheckpointFolder.ExportAsync(client.Store, manifest, _folder.File("out"), null, Token);
        Directory.Move(_folder.File("out"), _folder.File("out.partial"));
        File.WriteAllText(_folder.File("out.partial/config.json"), "{ }");
        using (var weights = File.OpenWrite(_folder.File("out.partial/model.safetensors")))
        {
            weights.Position = weights.Length - 1;
            weights.WriteByte(1);
        }

        await CheckpointFolder.ExportAsync(client.Store, manifest, _folder.File("out"), null, Token);

        AssertSame(source, _folder.File("out"));
    }

    [Fact]
    public async Task Two_exports_to_one_folder_do_not_mix()
    {
        await using var host = await StoreHost.StartAsync();
        using var client = NewClient(host.Address);
        var manifest = await CheckpointFolder.ImportAsync(client.Store, WriteCheckpoint("in", 1000), null, null, Token);
        Directory.CreateDirectory(_folder.File("out.partial"));
        using var other = new FileStream(_folder.File("out.partial/.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        await StoreHost.RefusedAsync(
            FaultKind.Conflict, () => CheckpointFolder.ExportAsync(client.Store, manifest, _folder.File("out"), null, Token));

        Assert.True(File.Exists(_folder.File("out.partial/.lock")));
    }

    [Fact]
    public async Task A_big_content_comes_in_several_streams_and_each_goes_on_where_it_broke()
    {
        await using var host = await StoreHost.StartAsync();
        using var writer = NewClient(host.Address);
        var bytes = Noise(100 * MiB);
        var entry = await writer.Store.WriteFileAsync("file", bytes, Token);
        await using var proxy = new CuttingProxy(host.Address, cutsUpload: false, 30 * MiB, 20 * MiB);
        using var client = NewClient(proxy.Address);

        Assert.Equal(bytes, await client.Store.ReadAsync(entry.Sha256, bytes.Length, Token));

        Assert.True(proxy.Connections >= 3, $"{proxy.Connections} connections");
        // A break costs what was on its way: at most a window of each of the four streams.
        Assert.InRange(proxy.Passed, 100L * MiB, (100L + (2 * 8)) * MiB);
    }

    [Fact]
    public async Task Pieces_of_a_content_are_all_of_it_or_a_fault()
    {
        await using var host = await StoreHost.StartAsync();
        using var client = NewClient(host.Address);
        var bytes = Noise((9 * MiB) + 1);
        var entry = await client.Store.WriteFileAsync("file", bytes, Token);

        Assert.Equal(bytes, await ReadPiecesAsync(client.Store, entry.Sha256, bytes.Length));
        Assert.Empty(await ReadPiecesAsync(client.Store, Digest.Of([]), 0));
        await StoreHost.RefusedAsync(FaultKind.Corrupt, () => ReadPiecesAsync(client.Store, entry.Sha256, bytes.Length - 1));
        await StoreHost.RefusedAsync(FaultKind.Corrupt, () => ReadPiecesAsync(client.Store, entry.Sha256, 0));
        await StoreHost.RefusedAsync(FaultKind.Invalid, () => ReadPiecesAsync(client.Store, entry.Sha256, bytes.Length + 1));
        await foreach (var piece in client.Store.ReadPiecesAsync(entry.Sha256, bytes.Length, Token))
        {
            // Whoever leaves early leaves nothing behind.
            Assert.Equal(bytes[..piece.Length], piece.ToArray());
            break;
        }
    }

    [Fact]
    public async Task Rows_of_a_tensor_are_read_alone()
    {
        await using var host = await StoreHost.StartAsync();
        using var client = NewClient(host.Address);
        var bytes = Noise(1000 * 30 * 2);
        var tensor = await client.Store.WriteTensorAsync("w", DType.BF16, [1000, 5, 6], bytes, null, Token);

        Assert.Equal(bytes[(60 * 7)..(60 * 10)], await client.Store.ReadRowsAsync(tensor, 7, 3, Token));
        Assert.Equal(bytes[^60..], await client.Store.ReadRowsAsync(tensor, 999, 1, Token));
        Assert.Empty(await client.Store.ReadRowsAsync(tensor, 1000, 0, Token));
        await StoreHost.RefusedAsync(FaultKind.Invalid, () => client.Store.ReadRowsAsync(tensor, 998, 3, Token));
        await StoreHost.RefusedAsync(FaultKind.Invalid, () => client.Store.ReadRowsAsync(tensor, -1, 1, Token));
        await StoreHost.RefusedAsync(FaultKind.Invalid, () => client.Store.ReadRowsAsync(tensor with { Shape = [] }, 0, 1, Token));
    }

    [Fact]
    public async Task What_was_read_once_comes_from_the_disk_even_in_another_process()
    {
        await using var host = await StoreHost.StartAsync();
        using var writer = NewClient(host.Address);
        var small = await writer.Store.WriteFileAsync("small", Noise(100_000), Token);
        var big = await writer.Store.WriteFileAsync("big", Noise(50 * MiB), Token);
        var options = new ClientOptions { Server = host.Address, CacheBytes = 0, CacheFolder = _folder.File("cache"), CacheDiskBytes = 1L << 30 };
        using (var first = new GraftClient(options, TimeProvider.System))
        {
            await first.Store.ReadAsync(small.Sha256, small.Size, Token);
            await ReadPiecesAsync(first.Store, big.Sha256, big.Size);
        }

        Directory.Delete(host.ObjectPath("blobs"), recursive: true);
        using var second = new GraftClient(options, TimeProvider.System);

        Assert.Equal(Noise(100_000), await second.Store.ReadAsync(small.Sha256, small.Size, Token));
        Assert.Equal(Noise(50 * MiB), await second.Store.ReadAsync(big.Sha256, big.Size, Token));
        Assert.Equal(Noise(50 * MiB), await ReadPiecesAsync(second.Store, big.Sha256, big.Size));
        var range = new byte[1000];
        await second.Store.ReadAsync(big.Sha256, 7 * MiB, range, Token);
        Assert.Equal(Noise(50 * MiB)[(7 * MiB)..((7 * MiB) + 1000)], range);
    }

    public void Dispose() => _folder.Dispose();

    private static GraftClient NewClient(Uri address) =>
        new(new ClientOptions { Server = address, CacheBytes = 0 }, TimeProvider.System);

    private static async Task<byte[]> ReadPiecesAsync(StoreClient store, Digest content, long size)
    {
        using var all = new MemoryStream();
        await foreach (var piece in store.ReadPiecesAsync(content, size, Token))
        {
            all.Write(piece.Span);
        }

        return all.ToArray();
    }

    private static string[] Names(string folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static void AssertSame(string expected, string found)
    {
        Assert.Equal(Names(expected), Names(found));
        Assert.All(
            Names(expected),
            name => Assert.Equal(Digest.Of(File.ReadAllBytes(Path.Combine(expected, name))), Digest.Of(File.ReadAllBytes(Path.Combine(found, name)))));
    }

    // Tensors of so many bytes each, all different.
    private string WriteCheckpoint(string name, params int[] sizes)
    {
        var folder = Directory.CreateDirectory(_folder.File(name)).FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), "{}");
        var entries = sizes.Select((size, i) => new TensorEntry(i.ToString("D3", CultureInfo.InvariantCulture), DType.BF16, [size / 2], default));
        using var writer = SafetensorsWriter.Create(Path.Combine(folder, "model.safetensors"), entries, SafetensorsWriter.PyTorchMetadata);
        foreach (var (i, tensor) in writer.Tensors.Index())
        {
            writer.Write(tensor, Noise((int)tensor.Size, i));
        }

        writer.Complete();
        return folder;
    }

    // One tensor of zeros with some bytes at its end, in a file with a hole: it takes no space, and little time to encode.
    private string WriteHollowCheckpoint(string name, long size, byte[] end)
    {
        var folder = Directory.CreateDirectory(_folder.File(name)).FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), "{}");
        var json = Encoding.UTF8.GetBytes("{\"w\":{\"dtype\":\"U8\",\"shape\":[SIZE],\"data_offsets\":[0,SIZE]}}".Replace("SIZE", $"{size}", StringComparison.Ordinal));
        using var file = File.Create(Path.Combine(folder, "model.safetensors"));
        file.Write(BitConverter.GetBytes((long)json.Length));
        file.Write(json);
        file.Position += size - end.Length;
        file.Write(end);
        return folder;
    }

    private static byte[] Noise(int size, int seed = 1)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private sealed class Recorder : IProgress<(long Done, long Total)>
    {
        private readonly Lock _lock = new();

        public int Count { get; private set; }

        public (long Done, long Total) Last { get; private set; }

        public void Report((long Done, long Total) value)
        {
            lock (_lock)
            {
                Count++;
                Last = value.Done > Last.Done ? value : Last;
            }
        }
    }

    private sealed class Interrupter(CancellationTokenSource target, long after) : IProgress<(long Done, long Total)>
    {
        public void Report((long Done, long Total) value)
        {
            if (value.Done >= after)
            {
                target.Cancel();
            }
        }
    }
}
