using Graft.Modeling.Native;
using Xunit;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Modeling.Native;

public sealed class TorchRuntimeTests
{
    [Fact]
    public void Torch_works_however_often_and_from_wherever_it_is_loaded()
    {
        Parallel.For(0, 8, _ => TorchRuntime.Load());

        using var one = ones(2);
        using var sum = one.sum();
        Assert.Equal(2, sum.item<float>());
    }
}
