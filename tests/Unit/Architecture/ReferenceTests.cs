using System.Text.RegularExpressions;
using Xunit;

namespace Graft.Tests.Unit.Architecture;

/// <summary>Who may know whom. A rule is changed here first, with its reason in ARCHITECTURE.md.</summary>
public sealed partial class ReferenceTests
{
    private static readonly string[] _services = ["VectorStore", "Merger", "Trainer", "Evaluator", "Coordinator"];

    /// <summary>What each project may reference.</summary>
    private static readonly Dictionary<string, string[]> _allowed = new()
    {
        ["Protos"] = [],
        ["Hosting"] = ["Protos"],
        ["Artifacts"] = ["Protos"],
        ["Modeling"] = ["Artifacts", "Protos"],
        ["VectorStore"] = ["Artifacts", "Hosting", "Protos"],
        ["Merger"] = ["Artifacts", "Client", "Hosting", "Protos"],
        ["Trainer"] = ["Client", "Hosting", "Modeling", "Protos"],
        ["Evaluator"] = ["Client", "Hosting", "Modeling", "Protos"],
        ["Coordinator"] = ["Client", "Hosting", "Protos"],
        ["Client"] = ["Artifacts", "Protos"],
        ["Cli"] = ["Client", "Protos", .. _services],
    };

    public static TheoryData<string> Projects => [.. SourceTree.Files.Where(
        path => path.EndsWith(".csproj", StringComparison.Ordinal) && !path.StartsWith("tests/", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_it_may(string path)
    {
        var project = Path.GetFileNameWithoutExtension(path);
        Assert.True(_allowed.TryGetValue(project, out var allowed), $"{path} is a project without a rule.");

        Assert.Empty(SourceTree.References(path).Except(allowed));
    }

    [Fact]
    public void A_service_never_names_another_service() => AssertNowhere(
        (path, line) => Room(path) is { } room && _services.Contains(room) && UsedGraftNamespace().Match(line) is { Success: true } match
            && _services.Contains(match.Groups[1].Value) && match.Groups[1].Value != room);

    [Fact]
    public void Torch_is_used_only_where_models_are() => AssertNowhere(
        (path, line) => IsSource(path) && Room(path) is not ("Modeling" or "Trainer" or "Evaluator") && UsedTorch().IsMatch(line));

    [Fact]
    public void The_S3_client_is_used_only_where_objects_are_in_a_bucket() => AssertNowhere(
        (path, line) => IsSource(path) && !path.StartsWith("services/VectorStore/Objects/S3/", StringComparison.Ordinal) && UsedMinio().IsMatch(line));

    [Fact]
    public void Generated_types_are_used_only_in_adapters_hosting_and_clients() => AssertNowhere(
        (path, line) => IsSource(path)
            && !path.Contains("/Rpc/", StringComparison.Ordinal)
            && !path.StartsWith("services/Hosting/", StringComparison.Ordinal)
            && !path.StartsWith("clients/", StringComparison.Ordinal)
            && GeneratedType().IsMatch(line));

    private static void AssertNowhere(Func<string, string, bool> isForbidden) => Assert.Empty(
        from path in SourceTree.CSharp
        from line in SourceTree.Lines(path)
        where isForbidden(path, line)
        select $"{path}: {line.Trim()}");

    private static bool IsSource(string path) => Room(path) is not null;

    /// <summary>The folder below services/ or clients/; null for everything else.</summary>
    private static string? Room(string path) =>
        path.Split('/') is ["services" or "clients", var room, ..] ? room : null;

    [GeneratedRegex(@"(?:using|global::|=)\s*(?:static\s+)?Graft\.(\w+)")]
    private static partial Regex UsedGraftNamespace();

    [GeneratedRegex(@"\bTorchSharp\b")]
    private static partial Regex UsedTorch();

    [GeneratedRegex(@"\busing\s+Minio\b|\bMinio\.[A-Z]|\bMinioClient\b")]
    private static partial Regex UsedMinio();

    [GeneratedRegex(@"^(?!\s*//).*\b(?:V1\.[A-Z]|using\s+Graft\.V1\b)")]
    private static partial Regex GeneratedType();
}
