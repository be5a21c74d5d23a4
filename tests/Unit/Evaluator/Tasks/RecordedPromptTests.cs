using System.Text;
using System.Text.Json;
using Graft.Evaluator.Tasks;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Tasks;

/// <summary>Prompts, continuations and labels are those OLMES has recorded, byte for byte, for every item of every task.</summary>
public sealed class RecordedPromptTests
{
    public static TheoryData<string> MathFolders => [.. Recorded.Math];

    [Fact]
    public void Gsm8k_of_the_published_test_set()
    {
        var requests = Recorded.Requests(Recorded.Gsm8k);
        var task = Recorded.Task("gsm8k::olmes", File.ReadAllBytes(SharedData.Require("data/gsm8k/test.jsonl")));

        Assert.Equal(1319, task.Questions.Count);
        AllEqual(requests, task);
        Assert.Equal(requests.Select(request => request.GetProperty("label").GetString()), task.Questions.Select(question => Recorded.Fact(Recorded.Judge(question, ""), "gold")));
        Assert.Equal((512, "Question: | </s> | <|im_end|> | \n\n"), (task.Writing!.MaxNewTokens, string.Join(" | ", task.Writing.Stop)));
        Assert.All(task.Questions, question => Assert.True(Recorded.Judge(question, question.Continuations[0].Text).IsRight));
    }

    [Theory]
    [MemberData(nameof(MathFolders))]
    public void Math_by_subject(string folder)
    {
        var requests = Recorded.Requests(folder);
        var task = Recorded.Task("minerva_math::olmes", Recorded.Bytes(folder));

        AllEqual(requests, task);
        Assert.Equal(requests.Select(request => request.GetProperty("label").GetString()), task.Questions.Select(question => Recorded.Fact(Recorded.Judge(question, ""), "gold")));
        Assert.Equal((1024, "Problem: | \n\n"), (task.Writing!.MaxNewTokens, string.Join(" | ", task.Writing.Stop)));
        // A published solution boxes its answer: the flexible metric finds it, the strict one does not look there.
        var solutions = task.Questions.Select(question => Recorded.Judge(question, question.Continuations[0].Text)).ToList();
        Assert.All(solutions, grade => Assert.Equal((1.0, 1.0), (grade["exact_match_flex"], grade["exact_match_text"])));
        Assert.All(solutions, grade => Assert.Equal(0, grade["exact_match"]));
    }

    [Fact]
    public void Math_is_the_mean_of_seven_subjects()
    {
        var task = Recorded.Task("minerva_math::olmes", [.. Recorded.Math.SkipLast(1).SelectMany(Recorded.Bytes)]);

        Assert.True(task.IsMeanOfGroups);
        Assert.Equal(
            [1187, 474, 479, 903, 540, 871, 546], task.Questions.GroupBy(question => question.Group).Select(group => group.Count()));
    }

    [Fact]
    public void Drop()
    {
        var requests = Recorded.Requests(Recorded.Drop);
        var task = Recorded.Task("drop::olmes", Recorded.Bytes(Recorded.Drop));

        Assert.Equal(1000, task.Questions.Count);
        // The recorded continuation is a tuple as Python writes it; the answer itself is what is told.
        Assert.Equal(requests.Select(Recorded.Context), task.Questions.Select(question => question.Prompt));
        // A prediction is one span, so answers of several are never matched in full.
        var whole = requests.Zip(task.Questions).Where(pair => pair.First.GetProperty("doc").GetProperty("answers")[0].GetArrayLength() == 1).ToList();
        Assert.Equal(954, whole.Count);
        Assert.All(whole, pair => Assert.Equal((1.0, 1.0), (Recorded.Judge(pair.Second, pair.Second.Continuations[0].Text)["exact_match"], Recorded.Judge(pair.Second, pair.Second.Continuations[0].Text)["f1"])));
        Assert.Equal((100, "Passage: | Question: | \n\n"), (task.Writing!.MaxNewTokens, string.Join(" | ", task.Writing.Stop)));
    }

    [Fact]
    public void NaturalQuestions_draws_its_thousand_items_of_the_published_ones()
    {
        var requests = Recorded.Requests(Recorded.NaturalQuestions);
        var published = File.ReadAllBytes(SharedData.Require("data/naturalqs/NQ-open.dev.jsonl"));
        var task = Recorded.Task("naturalqs::olmes", published);

        AllEqual(requests, task);
        AllEqual(requests, Recorded.Task("naturalqs::olmes", Recorded.Bytes(Recorded.NaturalQuestions)));
        Assert.Equal(3610, Recorded.Task("naturalqs::olmes:full", published).Questions.Count);
        Assert.Equal((50, "Question: | Q: | \n\n"), (task.Writing!.MaxNewTokens, string.Join(" | ", task.Writing.Stop)));
        Assert.All(task.Questions, question => Assert.Equal((1.0, 1.0), (Recorded.Judge(question, question.Continuations[0].Text)["f1"], Recorded.Judge(question, question.Continuations[0].Text)["squad_f1"])));
    }

    [Fact]
    public void Arc_cloze_with_its_unconditional_half()
    {
        var requests = Recorded.Requests(Recorded.ArcCloze);

        CheckArc("arc_challenge:rc::olmes", requests, Recorded.Bytes(Recorded.ArcCloze));
        CheckArc("arc_challenge:rc::olmes", requests, Published(requests));
    }

    [Fact]
    public void Arc_multiple_choice()
    {
        var published = Published(Recorded.Requests(Recorded.ArcCloze));

        CheckArc("arc_challenge:mc::olmes", Recorded.Requests(Recorded.ArcChoice), published);
        CheckArc("arc_challenge:mc::olmes", Recorded.Requests(Recorded.ArcChoice), Recorded.Bytes(Recorded.ArcCloze));
    }

    private static void CheckArc(string name, List<JsonElement> requests, byte[] data)
    {
        var task = Recorded.Task(name, data);
        var expected = requests.GroupBy(request => request.GetProperty("doc_id").GetInt64() % 1_000_000).OrderBy(group => group.Key).ToList();

        Assert.Equal(1172, task.Questions.Count);
        Assert.Equal(
            expected.SelectMany(document => document.Select(request => (Recorded.Context(request), Recorded.Continuation(request)))),
            task.Questions.SelectMany(question => question.Continuations.Select(continuation => (continuation.Context, continuation.Text))));
        Assert.Equal(
            expected.Select(document => (object?)document.First().GetProperty("label").GetInt32()),
            task.Questions.Select(question => Recorded.Fact(Recorded.Judge(question, ""), "gold")));
    }

    private static void AllEqual(List<JsonElement> requests, EvaluationTask task)
    {
        Assert.Equal(requests.Select(Recorded.Context), task.Questions.Select(question => question.Prompt));
        Assert.Equal(requests.Select(Recorded.Continuation), task.Questions.Select(question => question.Continuations[0].Text));
        Assert.All(task.Questions, question => Assert.StartsWith(task.Shared, question.Prompt, StringComparison.Ordinal));
    }

    /// <summary>ARC's rows as they are published, from the recorded ones; every other one with numbers for labels.</summary>
    private static byte[] Published(List<JsonElement> requests) => Encoding.UTF8.GetBytes(string.Join('\n', requests
        .DistinctBy(request => request.GetProperty("doc_id").GetInt64())
        .Where(request => request.GetProperty("doc_id").GetInt64() < 1_000_000)
        .Select((request, i) =>
        {
            var doc = request.GetProperty("doc");
            string[] texts = [.. doc.GetProperty("choices").EnumerateArray().Select(choice => choice.GetString()!)];
            string[] labels = [.. texts.Select((_, choice) => i % 2 == 0 ? ((char)('A' + choice)).ToString() : $"{choice + 1}")];
            return JsonSerializer.Serialize(new
            {
                question = doc.GetProperty("query").GetString()!["Question: ".Length..^"\nAnswer:".Length],
                choices = new { text = texts, label = labels },
                answerKey = labels[doc.GetProperty("gold").GetInt32()],
            });
        })));
}
