using CsCheck;
using Graft.VectorStore.Objects;
using Graft.VectorStore.Objects.S3;
using Xunit;

namespace Graft.Tests.Unit.VectorStore.Objects.S3;

public sealed class S3NamesTests
{
    private static readonly Gen<string> _part = Gen.Char["ABab01._-+"].Array[1, 3].Select(letters => new string(letters)).Where(ObjectKey.IsPart);
    private static readonly Gen<string> _key = _part.Array[1, 3].Select(parts => "names/" + string.Join('/', parts));

    [Theory]
    [InlineData("", "names/M1!")]
    [InlineData("graft", "graft/names/M1!")]
    [InlineData("/graft/prod/", "graft/prod/names/M1!")]
    public void A_key_is_read_back_from_its_name(string prefix, string expected)
    {
        var names = new S3Names(prefix);

        Assert.Equal(expected, names.NameOf("names/M1"));
        Assert.Equal("names/M1", names.KeyOf(expected));
    }

    [Theory]
    [InlineData("graft/names/M1")]
    [InlineData("graft/names/M 1!")]
    [InlineData("graft/names/!")]
    [InlineData("graft/names/a//b!")]
    [InlineData("graft/Names/a!")]
    [InlineData("graft/a!")]
    [InlineData("other/names/M1!")]
    [InlineData("graft/!")]
    [InlineData("!")]
    public void Names_of_others_have_no_key(string name) => Assert.Null(new S3Names("graft").KeyOf(name));

    [Fact]
    public void Names_have_the_order_of_their_keys()
    {
        var names = new S3Names("p");
        Gen.Select(_key, _key).Sample((a, b) =>
            Math.Sign(string.CompareOrdinal(a, b)) == Math.Sign(string.CompareOrdinal(names.NameOf(a), names.NameOf(b))));
    }

    [Fact]
    public void Behind_a_place_stand_the_same_keys_and_names()
    {
        var names = new S3Names("p");
        Gen.Select(_key, _key).Sample((key, after) =>
            string.CompareOrdinal(key, after) > 0 == string.CompareOrdinal(names.NameOf(key), names.After(after)) > 0);
    }

    [Fact]
    public void No_name_is_the_folder_of_another()
    {
        var names = new S3Names("");
        Gen.Select(_key, _key).Sample((a, b) => !names.NameOf(b).StartsWith(names.NameOf(a) + "/", StringComparison.Ordinal));
    }
}
