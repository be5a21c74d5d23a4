using Graft.Artifacts;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Artifacts;

public sealed class DigestTests
{
    private const string OfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    [Fact]
    public void It_is_the_sha256_in_lower_case_hex()
    {
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Digest.Of([]).ToString());
        Assert.Equal(OfAbc, Digest.Of("abc"u8).ToString());
        Assert.Equal("ba7816bf8f01", Digest.Of("abc"u8).Short);
    }

    [Fact]
    public void Equal_digests_are_equal_however_they_were_made()
    {
        Assert.Equal(Digest.Of("abc"u8), Digest.Parse(OfAbc));
        Assert.Equal(Digest.Of("abc"u8).GetHashCode(), Digest.FromHash(Convert.FromHexString(OfAbc)).GetHashCode());
        Assert.NotEqual(Digest.Of("abc"u8), Digest.Of("abd"u8));
        Assert.NotEqual(Digest.Of("abc"u8), default);
    }

    [Theory]
    [InlineData("")]
    [InlineData("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a")]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0")]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ag")]
    [InlineData(" a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public void Anything_else_is_refused_with_its_field(string text)
    {
        Assert.False(Digest.TryParse(text, out _));

        var fault = Assert.Throws<FaultException>(() => Digest.Parse(text, "recipe.base"));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Equal("recipe.base", fault.Field);
        Assert.Contains($"'{text}'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_digest_never_set_does_not_pass_for_one()
    {
        Assert.False(Digest.TryParse(null, out var digest));
        Assert.Throws<InvalidOperationException>(() => digest.ToString());
        Assert.Throws<InvalidOperationException>(() => digest.Short);
    }
}
