using System.Text;
using System.Text.Json.Nodes;
using Graft.Cli.Evaluations;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Cli.Evaluations;

public sealed class SampleTextTests
{
    [Fact]
    public void A_written_answer()
    {
        var text = Show("""
            {"doc_id": 12, "group": "Algebra", "prompt": "Example\n\nProblem: [1] + 1?", "output": " 3", "choices": [{"continuation": " 2", "log_likelihood": -1, "tokens": 1}],
             "extracted": "3", "gold": "2", "decided_by": "None", "correct": false, "metrics": {"exact_match": 0, "bits_per_byte": 1.5}, "token_ids": [3], "log_probs": [-0.1]}
            """);

        Assert.Contains("12  wrong  Algebra  exact_match 0.0  bits_per_byte 1.500", text);
        foreach (var line in (string[])["prompt      Example", "            Problem: [1] + 1?", "output       3", "extracted   3", "decided by  None", "gold        2"])
        {
            Assert.Contains(line, text.Split('\n').Select(shown => shown.TrimEnd()));
        }

        Assert.DoesNotContain("token", text);
    }

    [Fact]
    public void Chosen_answers_are_marked()
    {
        var text = Show("""
            {"doc_id": 0, "context": "Is it?", "choices": [{"continuation": " no", "log_likelihood": -4.25, "tokens": 1}, {"continuation": " yes", "log_likelihood": -0.5, "tokens": 1}],
             "gold": 1, "chosen": 0, "correct": true, "metrics": {"acc_raw": 1}, "truncated": true}
            """);

        Assert.Contains("0  right  acc_raw 100.0  context cut", text);
        Assert.Contains("chosen   ", text);
        Assert.Contains("-4.250  no", text);
        Assert.Contains("-0.500  yes", text);
    }

    [Fact]
    public void Long_contexts_are_shown_by_their_end_or_in_full()
    {
        var sample = new JsonObject { ["doc_id"] = 1, ["prompt"] = $"first {new string('x', 2000)} last", ["output"] = "o", ["metrics"] = new JsonObject() };

        Assert.DoesNotContain("first", Show(sample.ToJsonString()));
        Assert.Contains("last", Show(sample.ToJsonString()));
        Assert.Contains("first", Show(sample.ToJsonString(), isFull: true));
    }

    [Fact]
    public void Samples_are_read_by_what_they_are()
    {
        var lines = Encoding.UTF8.GetBytes("{\"doc_id\":0,\"correct\":true}\n{\"doc_id\":1,\"correct\":false}\n\n{\"doc_id\":2}\n{\"doc_id\":3,\"correct\":false}");

        Assert.Equal([0, 1, 2, 3], Ids(null));
        Assert.Equal([1, 3], Ids(false));
        Assert.Equal([0], Ids(true));
        Assert.Equal(FaultKind.Corrupt, Assert.Throws<FaultException>(() => StoredSamples.Read("[]"u8.ToArray(), null).ToList()).Kind);
        Assert.Equal(FaultKind.Corrupt, Assert.Throws<FaultException>(() => StoredSamples.Read("{"u8.ToArray(), null).ToList()).Kind);

        IEnumerable<int> Ids(bool? isRight) => StoredSamples.Read(lines, isRight).Select(sample => sample["doc_id"]!.GetValue<int>());
    }

    private static string Show(string sample, bool isFull = false)
    {
        var terminal = new TestTerminal();
        SampleText.Write(terminal.Terminal.Output, (JsonObject)JsonNode.Parse(sample)!, isFull);
        return terminal.Output;
    }
}
