using Xunit;

namespace Graft.Tests.Unit.Architecture;

/// <summary>Where things are and what they are called.</summary>
public sealed class HouseTests
{
    private const int MaxProgramLines = 20;
    private const int MaxFileLines = 400;

    private static readonly string[] _emptyWords = ["Utils", "Util", "Common", "Helpers", "Helper", "Manager", "Managers", "Shared", "Core", "Misc"];

    public static TheoryData<string> Services => ["VectorStore", "Merger", "Trainer", "Evaluator", "Coordinator"];

    [Theory]
    [MemberData(nameof(Services))]
    public void Every_service_is_laid_out_alike(string service)
    {
        string[] expected = ["Program.cs", $"{service}Hosting.cs", $"{service}Options.cs", $"Rpc/{service}Rpc.cs"];

        Assert.Empty(expected.Select(file => $"services/{service}/{file}").Except(SourceTree.Files));
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void A_program_only_wires(string service) =>
        Assert.InRange(SourceTree.Lines($"services/{service}/Program.cs").Length, 1, MaxProgramLines - 1);

    [Fact]
    public void Sources_are_in_five_folders() => Assert.Empty(
        SourceTree.CSharp.Select(path => path.Split('/')[0]).Distinct().Except(["protos", "services", "clients", "tests"]));

    [Fact]
    public void No_folder_or_file_is_named_for_nothing() => Assert.DoesNotContain(
        SourceTree.Files, path => path.Split('/').Any(part => _emptyWords.Contains(part.Split('.')[0])));

    [Fact]
    public void File_names_are_ascii_without_spaces() => Assert.DoesNotContain(
        SourceTree.Files, path => !path.All(letter => char.IsAscii(letter) && !char.IsWhiteSpace(letter)));

    [Fact]
    public void Sources_are_ascii() => Assert.Empty(
        from path in SourceTree.Files
        where Path.GetExtension(path) is ".cs" or ".proto" or ".csproj" or ".props"
        where SourceTree.Lines(path).Any(line => !line.All(char.IsAscii))
        select path);

    [Fact]
    public void Files_are_short() => Assert.Empty(
        from path in SourceTree.CSharp
        let lines = SourceTree.Lines(path).Length
        where lines > MaxFileLines
        select $"{path}: {lines} lines");
}
