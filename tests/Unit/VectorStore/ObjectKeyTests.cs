using CsCheck;
using Graft.VectorStore.Objects;
using Graft.VectorStore.Objects.Folders;
using Xunit;

namespace Graft.Tests.Unit.VectorStore;

public sealed class ObjectKeyTests
{
    private static readonly Gen<string> _rests =
        Gen.Char["ABCabc012._-+/"].Array[1, 30].Select(letters => new string(letters)).Where(rest => rest.Split('/').All(ObjectKey.IsPart));

    [Fact]
    public void Every_key_has_a_file_name_of_its_own_even_where_case_is_ignored() =>
        Gen.Select(_rests, _rests).Sample(
            (one, other) => one == other
                || !FileName.Encode(one).Equals(FileName.Encode(other), StringComparison.OrdinalIgnoreCase),
            iter: 20_000);

    [Fact]
    public void A_file_name_tells_its_key() =>
        _rests.Sample(rest => FileName.Decode(FileName.Encode(rest)) == rest, iter: 20_000);

    [Theory]
    [InlineData("M1-FT/40", "!m1-!f!t~40")]
    [InlineData("0a9f", "0a9f")]
    public void File_names_can_be_read(string rest, string expected) => Assert.Equal(expected, FileName.Encode(rest));

    [Theory]
    [InlineData("")]
    [InlineData("M1")]
    [InlineData("a!")]
    [InlineData("a!1")]
    [InlineData("~a")]
    [InlineData("a b")]
    [InlineData("a~..")]
    [InlineData(".DS_Store")]
    public void Files_of_others_have_no_key(string name) => Assert.Null(FileName.Decode(name));

    [Fact]
    public void A_prefix_reaches_to_its_kind_at_least()
    {
        Assert.Equal(("names", "M"), ObjectKey.SplitPrefix("names/M"));
        Assert.Equal(("names", ""), ObjectKey.SplitPrefix("names/"));
        Assert.Throws<ArgumentException>(() => ObjectKey.SplitPrefix("names"));
        Assert.Throws<ArgumentException>(() => ObjectKey.SplitPrefix(""));
    }
}
