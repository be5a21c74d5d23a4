using Graft.Artifacts;
using Graft.Artifacts.Rpc;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Artifacts;

public sealed class DTypesTests
{
    [Theory]
    [InlineData("F64", DType.F64, 8, true)]
    [InlineData("F32", DType.F32, 4, true)]
    [InlineData("F16", DType.F16, 2, true)]
    [InlineData("BF16", DType.BF16, 2, true)]
    [InlineData("I64", DType.I64, 8, false)]
    [InlineData("I32", DType.I32, 4, false)]
    [InlineData("I16", DType.I16, 2, false)]
    [InlineData("I8", DType.I8, 1, false)]
    [InlineData("U8", DType.U8, 1, false)]
    [InlineData("BOOL", DType.BOOL, 1, false)]
    public void Names_sizes_and_kinds_are_those_of_safetensors(string name, DType dtype, int size, bool isFloat)
    {
        Assert.Equal(dtype, DTypes.Parse(name));
        Assert.Equal(size, dtype.Size());
        Assert.Equal(isFloat, dtype.IsFloat());
        Assert.Equal(dtype, ManifestCodec.FromProto(ManifestCodec.ToProto(dtype), "dtype"));
        Assert.Equal(name, ManifestCodec.ToProto(dtype).ToString().ToUpperInvariant());
    }

    [Theory]
    [InlineData("")]
    [InlineData("f32")]
    [InlineData(" F32")]
    [InlineData("3")]
    [InlineData("232")]
    [InlineData("F32,F16")]
    [InlineData("F8_E4M3")]
    [InlineData("U64")]
    public void Other_names_are_refused(string name)
    {
        var fault = Assert.Throws<FaultException>(() => DTypes.Parse(name));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Contains($"'{name}' is not supported; F64, F32,", fault.Message, StringComparison.Ordinal);
    }
}
