using System.Text;
using System.Text.Json.Nodes;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Cli;
using Graft.Cli.Commands;
using Graft.Client;
using Graft.Tests.Services.VectorStore;
using Spectre.Console;
using Xunit;
using static Graft.Tests.Services.VectorStore.StoreHost;

namespace Graft.Tests.Services.Cli;

/// <summary>The commands about the store, against a server.</summary>
public sealed class StoreCommandTests
{
    [Fact]
    public async Task A_name_is_given_moved_only_by_force_and_removed()
    {
        await using var host = await StartAsync();
        var (one, two) = (await host.Client.Store.PutFilesAsync(("a", "1")), await host.Client.Store.PutFilesAsync(("a", "2")));
        await host.Client.Store.SetNameAsync("one", one, Token);
        await host.Client.Store.SetNameAsync("two", two, Token);

        Assert.Equal((0, $"best  {one}\n", ""), await RunAsync(host, "tag one best"));
        Assert.Equal((0, $"best  {one}\n", ""), await RunAsync(host, $"tag {one} best"));
        Assert.Equal(
            (1, "", $"graft: best is the name of the artifact {one.Short} already. Try: graft tag two best --force\n"), await RunAsync(host, "tag two best"));
        Assert.Equal((0, $"best  {two}\n", ""), await RunAsync(host, "tag two best --force"));
        Assert.Equal(two.ToString(), (await JsonAsync(host, "tag best third"))["digest"]!.GetValue<string>());

        var removed = await RunAsync(host, "rm best third");
        Assert.Equal((0, $"best  Dataset  {two}\nthird  Dataset  {two}\n"), (removed.Code, removed.Output));
        Assert.Contains("graft gc", removed.Error, StringComparison.Ordinal);
        Assert.Equal((1, "", "graft: There is no name best; nothing was removed. Try: graft ls\n"), await RunAsync(host, "rm one best"));
        Assert.Equal(["one", "two"], await host.Client.Store.ListNamesAsync("", Token).Select(entry => entry.Name).ToListAsync(Token));
        Assert.Equal("one", (await JsonAsync(host, "rm one"))[0]!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task Garbage_is_told_and_then_collected()
    {
        await using var host = await StartAsync();
        await host.Client.Store.SetNameAsync("kept", await host.Client.Store.PutFilesAsync(("a", "kept")), Token);
        await host.Client.Store.PutFilesAsync(("a", "gone"));
        HousekeepingTests.Age(host, TimeSpan.FromHours(3));

        Assert.Equal("Nothing to collect.\n", (await RunAsync(host, "gc")).Output);
        var told = await RunAsync(host, "gc --dry-run --grace 1h");
        var json = await JsonAsync(host, "gc --grace 1h");

        Assert.Equal(["artifacts", "contents", "blobs", "all"], told.Output.TrimEnd('\n').Split('\n').Select(line => line.Split(' ')[0]));
        Assert.EndsWith("would be deleted\n", told.Output, StringComparison.Ordinal);
        Assert.Equal((false, 3), (json["dry_run"]!.GetValue<bool>(), json["objects"]!.GetValue<int>()));
        Assert.Equal(["artifacts", "contents", "blobs"], json["collected"]!.AsArray().Select(each => each!["kind"]!.GetValue<string>()));
        Assert.Equal("Nothing to collect.\n", (await RunAsync(host, "gc --grace 1h")).Output);
        Assert.Contains("grace period", (await RunAsync(host, "gc --grace 1m")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_artifacts_take_is_shown_the_largest_first()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var noise = new byte[300_000];
        new Random(1).NextBytes(noise);
        var large = await store.WriteFileAsync("large", noise, Token);
        await store.PutArtifactAsync(new Manifest(ArtifactKind.Dataset) { Files = [large] }, "large", Token);
        var small = await store.PutFilesAsync(("small", "1"));

        var lines = (await RunAsync(host, "du")).Output.TrimEnd('\n').Split('\n');
        var json = await JsonAsync(host, "du");

        Assert.Equal(4, lines.Length);
        Assert.Equal("OWN STORED LOGICAL RATIO", string.Join(' ', lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.EndsWith("Dataset        large", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(small.Short, lines[2], StringComparison.Ordinal);
        Assert.EndsWith("all 2 artifacts", lines[3], StringComparison.Ordinal);
        Assert.Equal(300_001, json["logical_size"]!.GetValue<long>());
        Assert.Equal(json["stored_size"]!.GetValue<long>(), json["artifacts"]!.AsArray().Sum(artifact => artifact!["own_size"]!.GetValue<long>()));
        Assert.Equal("large", json["artifacts"]![0]!["names"]![0]!.GetValue<string>());
    }

    [Fact]
    public async Task A_damage_is_told_by_name_and_by_the_exit_code()
    {
        await using var host = await StartAsync();
        var entry = await host.Client.Store.WriteFileAsync("a", "1"u8.ToArray(), Token);
        await host.Client.Store.PutArtifactAsync(new Manifest(ArtifactKind.Dataset) { Files = [entry] }, "rows", Token);

        Assert.Equal((0, "1 artifacts, 1 B: no damage.\n", ""), await RunAsync(host, "verify rows"));
        Assert.Equal((0, "1 artifacts, 1 B: no damage.\n", ""), await RunAsync(host, "verify --all"));

        var blob = $"blobs/{ContentTests.Stored(host, entry.Sha256).Chunks.Single().Sha256}";
        File.Delete(host.ObjectPath(blob));
        var told = await RunAsync(host, "verify --all");
        var json = await RunAsync(host, "verify rows --json");

        Assert.Equal((1, $"{blob} is missing; needed by rows\n"), (told.Code, told.Output));
        Assert.StartsWith("graft: 1 object is damaged. Try: graft import", told.Error, StringComparison.Ordinal);
        Assert.Equal((1, blob), (json.Code, JsonNode.Parse(json.Output)!["damages"]![0]!["object"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_lineage_is_a_tree_of_recipes_and_inputs()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var (basis, newer, tuned) = (await PutAsync(store, "M1"), await PutAsync(store, "M2"), await PutAsync(store, "M1-FT"));
        var vector = await store.PutArtifactAsync(new Manifest(ArtifactKind.DiffVector) { DiffVector = new DiffVector(tuned, basis, []) }, "V", Token);
        var merged = await PutAsync(store, "M2+M1");
        await store.PutResultAsync(new ExtractRecipe(tuned, basis), vector, Token);
        await store.PutResultAsync(
            new MergeRecipe(newer, [new ScaledVector(vector, 0.5), new ScaledVector(vector, -1)], Provenance.Base, Provenance.Base), merged, Token);

        var tree = await RunAsync(host, "lineage M2+M1");
        var json = await JsonAsync(host, "lineage M2+M1 --depth 1");

        Assert.Equal(
            $"""
            M2+M1  Checkpoint  {merged.Short}
            `- merge linear
               |- base: M2  Checkpoint  {newer.Short}  (imported)
               |- vector @ 0.5: V  DiffVector  {vector.Short}
               |  `- diff
               |     |- FT: M1-FT  Checkpoint  {tuned.Short}  (imported)
               |     `- PT: M1  Checkpoint  {basis.Short}  (imported)
               `- vector @ -1: V  DiffVector  {vector.Short}  (see above)

            """.ReplaceLineEndings("\n"),
            tree.Output);
        Assert.Equal(3, json.AsArray().Count);
        Assert.Equal("M2+M1", json[0]!["names"]![0]!.GetValue<string>());
        Assert.Equal(newer.ToString(), json[0]!["recipes"]![0]!["recipe"]!["merge"]!["base"]!.GetValue<string>());
        Assert.Equal((1, "graft: The store has no artifact of the name nothing. Try: graft ls\n"), await ErrorAsync(host, "lineage nothing"));
    }

    private static async Task<Digest> PutAsync(StoreClient store, string name) => await store.PutArtifactAsync(
        new Manifest(ArtifactKind.Checkpoint) { Files = [await store.WriteFileAsync("config.json", Encoding.ASCII.GetBytes(name), Token)] }, name, Token);

    private static async Task<JsonNode> JsonAsync(TestHost host, string line)
    {
        var (code, output, error) = await RunAsync(host, $"{line} --json");
        Assert.True(code == 0, error);
        return JsonNode.Parse(output)!;
    }

    private static async Task<(int Code, string Error)> ErrorAsync(TestHost host, string line)
    {
        var (code, _, error) = await RunAsync(host, line);
        return (code, error);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(TestHost host, string line)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var terminal = new Terminal(Open(output), Open(error), TimeProvider.System, _ => null);
        var code = await GraftCommand.RunAsync([.. line.Split(' '), "--server", host.Address.ToString()], terminal);
        return (code, $"{output}".ReplaceLineEndings("\n"), $"{error}".ReplaceLineEndings("\n"));
    }

    private static IAnsiConsole Open(StringWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = 200;
        console.Profile.Capabilities.Unicode = false;
        return console;
    }
}
