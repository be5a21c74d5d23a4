using Graft.Cli.Commands;
using Graft.Merger.Folders;
using Xunit;

namespace Graft.Tests.Unit.Cli.Commands;

public sealed class FolderMergeOptionsTests
{
    [Theory]
    [InlineData("ft:pt", "ft", "pt", 1)]
    [InlineData("./M1-FT:./M1@0.5", "./M1-FT", "./M1", 0.5)]
    [InlineData("ft:pt@-1e-1", "ft", "pt", -0.1)]
    [InlineData("org@v2/ft:org@v2/pt", "org@v2/ft", "org@v2/pt", 1)]
    [InlineData("ft@main:pt@2@3", "ft@main", "pt@2", 3)]
    public void A_vector_is_two_folders_and_a_factor(string text, string fineTuned, string pretrained, double scale) =>
        Assert.Equal(new FolderVector(fineTuned, pretrained, scale), FolderMergeOptions.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("ft")]
    [InlineData("ft:")]
    [InlineData(":pt")]
    [InlineData("ft:pt@0")]
    [InlineData("ft:pt@NaN")]
    [InlineData("a:b:c")]
    public void Anything_else_is_none(string text) => Assert.Null(FolderMergeOptions.Parse(text));

    [Theory]
    [InlineData("5GB", 5_000_000_000)]
    [InlineData("2GiB", 2L << 30)]
    [InlineData("1.5mb", 1_500_000L)]
    [InlineData("4096", 4096L)]
    [InlineData("0", null)]
    [InlineData("-1GB", null)]
    [InlineData("GB", null)]
    [InlineData("5TBs", null)]
    public void A_size_is_a_number_with_a_unit(string text, long? bytes) => Assert.Equal(bytes, FolderMergeOptions.Size(text));
}
