using System.Text.Json;
using Graft.Cli.Commands;
using Graft.Cli.Data;
using Graft.Faults;
using Graft.Tests.Unit.Artifacts;
using Xunit;

namespace Graft.Tests.Unit.Cli.Data;

public sealed class InspectionTests
{
    [Theory]
    [InlineData("personas", "personas", 1)]
    [InlineData("personas:0.5", "personas", 0.5)]
    [InlineData("a:b:2", "a:b", 2)]
    [InlineData("data/x.jsonl:1e-3", "data/x.jsonl", 0.001)]
    [InlineData("demo:train", "demo:train", 1)]
    [InlineData(":5", ":5", 1)]
    public void A_weight_stands_behind_a_colon(string text, string name, double weight) =>
        Assert.Equal(new DataReference(name, weight), DataReference.Parse(text));

    [Theory]
    [InlineData("x:0")]
    [InlineData("x:-1")]
    [InlineData("x:1001")]
    [InlineData("x:NaN")]
    public void A_weight_that_is_none_is_refused(string text) =>
        Assert.Contains("x:0.5", Assert.Throws<FaultException>(() => DataReference.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Lengths_are_classes_of_which_every_second_doubles()
    {
        var histogram = new LengthHistogram([100, 17, 33, 32, 600, 64, 65]);

        Assert.Equal([(24, 1), (32, 1), (48, 1), (64, 1), (96, 1), (128, 1), (192, 0), (256, 0), (384, 0), (512, 0), (768, 1)], histogram.Classes());
        Assert.Equal((17, 64, 600, 600), (histogram.Shortest, histogram.Quantile(0.5), histogram.Quantile(0.95), histogram.Longest));
        Assert.Empty(new LengthHistogram([]).Classes());
        Assert.Equal([(16, 1)], new LengthHistogram([0]).Classes());
    }

    [Fact]
    public async Task Rows_are_shown_as_training_sees_them()
    {
        using var folder = new TemporaryFolder();
        var file = await WriteAsync(folder);
        var terminal = new TestTerminal();

        var code = await GraftCommand.RunAsync(
            ["data", "inspect", file, "--tokenizer", SharedData.Require("trajectory/M1"), "--template", "tulu", "--max-length", "31", "--rows", "3"],
            terminal.Terminal);

        Assert.Equal((0, ""), (code, terminal.Error));
        // One end token before the template, which has none; what counts is the assistant's text and the end token.
        Assert.Contains("<|endoftext|><|user|>\nWhat is 2+2?\n<|assistant|>\n>>It is 4.<|endoftext|><<", terminal.Output, StringComparison.Ordinal);
        Assert.Contains("chat.jsonl, line 1: kept; 32 tokens, 7 count", terminal.Output, StringComparison.Ordinal);
        Assert.Contains("chat.jsonl, line 2: truncated;", terminal.Output, StringComparison.Ordinal);
        Assert.Contains("line 3: dropped, nothing that counts is left after the cut;", terminal.Output, StringComparison.Ordinal);
        Assert.Contains("<0x1b>[31m", terminal.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", terminal.Output, StringComparison.Ordinal);
        Assert.Contains("template         tulu, mask completion", terminal.Output, StringComparison.Ordinal);
        Assert.Contains("rows             4, kept 2, truncated 1, dropped 2", terminal.Output, StringComparison.Ordinal);
        Assert.Contains("dropped, nothing in it counts in the loss: 1 (first: chat.jsonl, line 4)", terminal.Output, StringComparison.Ordinal);
        Assert.Contains("#", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_get_the_same_as_JSON()
    {
        using var folder = new TemporaryFolder();
        var file = await WriteAsync(folder);
        var terminal = new TestTerminal();

        var code = await GraftCommand.RunAsync(
            ["data", "inspect", file, "--tokenizer", SharedData.Require("trajectory/M1"), "--template", "tulu", "--max-length", "31", "--rows", "1", "--json"],
            terminal.Terminal);

        Assert.Equal((0, ""), (code, terminal.Error));
        using var json = JsonDocument.Parse(terminal.Output);
        var root = json.RootElement;
        Assert.Equal((4, 2, 1), (root.GetProperty("rows").GetInt32(), root.GetProperty("kept").GetInt32(), root.GetProperty("truncated").GetInt32()));
        Assert.Equal((1, 1), (root.GetProperty("dropped").GetProperty("target_cut_off").GetInt32(), root.GetProperty("dropped").GetProperty("no_target").GetInt32()));
        Assert.Equal(("tulu", "completion"), (root.GetProperty("template").GetString(), root.GetProperty("mask").GetString()));
        var sample = Assert.Single(root.GetProperty("samples").EnumerateArray());
        Assert.Equal(
            [("<|endoftext|><|user|>\nWhat is 2+2?\n<|assistant|>\n", false), ("It is 4.<|endoftext|>", true)],
            sample.GetProperty("text").EnumerateArray().Select(part => (part.GetProperty("text").GetString()!, part.GetProperty("counts").GetBoolean())));
        Assert.Equal(4, root.GetProperty("lengths").GetProperty("histogram").EnumerateArray().Sum(size => size.GetProperty("rows").GetInt32()));
    }

    [Theory]
    [InlineData("{\"text\": 5}", "data.jsonl, line 1: text is a number (5), and must be a text.")]
    [InlineData("", "has no rows.")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}", "--template tulu")]
    public async Task What_is_wrong_is_one_line(string line, string message)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "data.jsonl");
        await File.WriteAllTextAsync(file, line, TestContext.Current.CancellationToken);
        var terminal = new TestTerminal();

        Assert.Equal(1, await GraftCommand.RunAsync(["data", "inspect", file, "--tokenizer", SharedData.Require("trajectory/M1")], terminal.Terminal));

        Assert.Contains(message, terminal.Error, StringComparison.Ordinal);
        Assert.Single(terminal.Error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("data inspct x", "graft: 'inspct' is nothing that graft data knows; did you mean inspect? Try: graft data --help\n")]
    [InlineData("data inspect x", "graft: Option '--tokenizer' is required. Try: graft data inspect --help\n")]
    [InlineData("data inspect x --tokenizer t --rows -1", "graft: --rows is -1; 0 or more is expected. Try: graft data inspect --help\n")]
    [InlineData("data import x --name y --jsn", "graft: '--jsn' is nothing that graft data import knows; did you mean --json? Try: graft data import --help\n")]
    public async Task A_wrong_command_line_is_told_in_one_line(string line, string expected)
    {
        var terminal = new TestTerminal();

        Assert.Equal(2, await GraftCommand.RunAsync(line.Split(' '), terminal.Terminal));

        Assert.Equal((expected, ""), (terminal.Error, terminal.Output));
    }

    private static async Task<string> WriteAsync(TemporaryFolder folder)
    {
        var file = Path.Combine(folder.Path, "chat.jsonl");
        static string Row(string question, string answer) => JsonSerializer.Serialize(new
        {
            messages = new[] { new { role = "user", content = question }, new { role = "assistant", content = answer } },
        });
        await File.WriteAllLinesAsync(
            file,
            [
                Row("What is 2+2?", "It is 4."),
                Row("What is 2+2?", "\u001b[31mIt is 4, as far as I know."),
                Row("What is 2+2, if a is b and c is d and e is f and g is h and i is k?", "It is 4."),
                """{"messages": [{"role": "user", "content": "Hello?"}]}""",
            ],
            TestContext.Current.CancellationToken);
        return file;
    }
}
