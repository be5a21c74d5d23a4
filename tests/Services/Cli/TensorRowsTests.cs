using System.Runtime.InteropServices;
using Graft.Artifacts;
using Graft.Cli.Commands;
using Graft.Faults;
using Graft.Tests.Services.VectorStore;
using Xunit;

namespace Graft.Tests.Services.Cli;

public sealed class TensorRowsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<DType, byte[], string> Numbers => new()
    {
        { DType.F64, Bytes(1.0, -0.1), "1,-0.1" },
        { DType.F32, Bytes(1f, -0.1f), "1,-0.1" },
        { DType.F16, Bytes((Half)1, (Half)(-0.5)), "1,-0.5" },
        // 1.0, and 0.1 rounded to 8 bits: 0x3dcd is 0.10009765625.
        { DType.BF16, Bytes((ushort)0x3f80, (ushort)0x3dcd), "1,0.100097656" },
        { DType.I64, Bytes(7L, -8L), "7,-8" },
        { DType.I32, Bytes(7, -8), "7,-8" },
        { DType.I16, Bytes((short)7, (short)-8), "7,-8" },
        { DType.I8, Bytes((sbyte)7, (sbyte)-8), "7,-8" },
        { DType.U8, [7, 248], "7,248" },
        { DType.BOOL, [1, 0], "1,0" },
        { DType.F32, Bytes(float.NaN, float.NegativeInfinity), "\"NaN\",\"-Infinity\"" },
    };

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task A_row_is_shown_as_its_numbers(DType dtype, byte[] row, string expected)
    {
        await using var host = await StoreHost.StartAsync();
        byte[] bytes = [.. new byte[row.Length], .. row, .. new byte[row.Length]];
        var tensor = await host.Client.Store.WriteTensorAsync("w", dtype, [3, 2], bytes, null, Token);
        var manifest = new Manifest(ArtifactKind.Checkpoint) { Tensors = [tensor] };

        var one = await TensorRows.ReadAsync(host.Client.Store, manifest, "w", (1, 1), Token);
        var rest = await TensorRows.ReadAsync(host.Client.Store, manifest, "w", (1, 10), Token);

        Assert.Equal($"[[{expected}]]", one["rows"]!.ToJsonString());
        Assert.Equal($"[[{expected}],[0,0]]", rest["rows"]!.ToJsonString());
        Assert.Equal(2, TensorRows.Lines(one).Count());
    }

    [Fact]
    public async Task What_is_not_there_is_said()
    {
        await using var host = await StoreHost.StartAsync();
        var scalar = await host.Client.Store.WriteTensorAsync("s", DType.I32, [], Bytes(5), null, Token);
        var manifest = new Manifest(ArtifactKind.Checkpoint) { Tensors = [scalar] };

        Assert.Equal("[[5]]", (await TensorRows.ReadAsync(host.Client.Store, manifest, "s", (0, 4), Token))["rows"]!.ToJsonString());
        await StoreHost.RefusedAsync(FaultKind.NotFound, () => TensorRows.ReadAsync(host.Client.Store, manifest, "x", (0, 1), Token));
        await StoreHost.RefusedAsync(FaultKind.Invalid, () => TensorRows.ReadAsync(host.Client.Store, manifest, "s", (1, 1), Token));
    }

    private static byte[] Bytes<T>(params T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
