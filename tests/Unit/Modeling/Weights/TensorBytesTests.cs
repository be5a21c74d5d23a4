using Graft.Artifacts;
using Graft.Modeling.Native;
using Graft.Modeling.Weights;
using Xunit;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Modeling.Weights;

public sealed class TensorBytesTests
{
    public TensorBytesTests() => TorchRuntime.Load();

    public static TheoryData<DType> Types => [.. Enum.GetValues<DType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public void Bytes_survive_the_way_through_a_tensor(DType dtype)
    {
        using var scope = NewDisposeScope();
        var raw = new byte[6 * dtype.Size()];
        new Random(1).NextBytes(raw);
        if (dtype == DType.BOOL)
        {
            raw = [0, 1, 1, 0, 1, 0];
        }

        var tensor = TensorBytes.ToTensor(raw, dtype, [2, 3], CPU);
        var back = new byte[raw.Length];
        TensorBytes.CopyBytes(tensor, back);

        Assert.Equal([2L, 3], tensor.shape);
        Assert.Equal(dtype, TensorBytes.ToDType(tensor.dtype));
        Assert.Equal(raw, back);
    }

    [Fact]
    public void A_transposed_view_that_requires_grad_is_written_row_by_row()
    {
        using var scope = NewDisposeScope();
        var matrix = tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } }).requires_grad_(true);
        var bytes = new byte[16];

        TensorBytes.CopyBytes(matrix.t()[1..], bytes);

        Assert.Equal([2, 5, 3, 6], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray());
    }

    [Fact]
    public void An_empty_tensor_has_no_bytes()
    {
        using var tensor = TensorBytes.ToTensor([], DType.BF16, [0, 4], CPU);

        TensorBytes.CopyBytes(tensor, []);

        Assert.Equal(0, tensor.numel());
    }

    [Fact]
    public void A_number_of_bytes_that_does_not_fit_is_refused()
    {
        using var tensor = zeros(2);

        Assert.Throws<ArgumentException>(() => TensorBytes.ToTensor(new byte[7], DType.F32, [2], CPU));
        Assert.Throws<ArgumentException>(() => TensorBytes.CopyBytes(tensor, new byte[9]));
    }
}
