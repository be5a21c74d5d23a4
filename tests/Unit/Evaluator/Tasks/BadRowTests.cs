using System.Text;
using Graft.Artifacts.Recipes;
using Graft.Evaluator.Prompts;
using Graft.Evaluator.Tasks;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Tasks;

/// <summary>Rows that are not as a task needs them are told by file and line, before anything is computed.</summary>
public sealed class BadRowTests
{
    private const string Shots = """
        {"STD:GSM8k": [{"question": "q", "answer": "a"}, {"question": "q", "answer": "a"}, {"question": "q", "answer": "a"}, {"question": "q", "answer": "a"},
                       {"question": "q", "answer": "a"}, {"question": "q", "answer": "a"}, {"question": "q", "answer": "a"}, {"question": "q", "answer": "a"}],
         "Minerva:MATH:fixed": [{"problem": "p", "solution": "s"}, {"problem": "p", "solution": "s"}, {"problem": "p", "solution": "s"}, {"problem": "p", "solution": "s"}],
         "OLMES:naturalqs": [{"question": "q", "answer": ["a"]}, {"question": "q", "answer": ["a"]}, {"question": "q", "answer": ["a"]}, {"question": "q", "answer": ["a"]}, {"question": "q", "answer": ["a"]}],
         "OLMES:ARC-Challenge": [
           {"question": "q", "choices": {"text": ["a"], "label": ["A"]}, "answerKey": "A"}, {"question": "q", "choices": {"text": ["a"], "label": ["A"]}, "answerKey": "A"},
           {"question": "q", "choices": {"text": ["a"], "label": ["A"]}, "answerKey": "A"}, {"question": "q", "choices": {"text": ["a"], "label": ["A"]}, "answerKey": "A"},
           {"question": "q", "choices": {"text": ["a"], "label": ["A"]}, "answerKey": "A"}]}
        """;

    [Theory]
    [InlineData("gsm8k::olmes", """{"question": 7, "answer": "#### 1"}""", "\"question\" is 7; text is expected")]
    [InlineData("gsm8k::olmes", """{"question": "q", "answer": "1"}""", "\"answer\" has no \"####\"")]
    [InlineData("gsm8k::olmes", """{"question": "q"}""", "has no \"answer\"")]
    [InlineData("gsm8k::olmes", "[]", "is no JSON object")]
    [InlineData("minerva_math::olmes", """{"problem": "p", "solution": "2", "type": "Algebra"}""", "has no answer in \\boxed{}")]
    [InlineData("minerva_math::olmes", """{"problem": "p", "solution": "\\boxed{2}"}""", "has no \"type\"")]
    [InlineData("naturalqs::olmes", """{"question": "q", "answer": "a"}""", "\"answer\" is \"a\"; a list of texts is expected")]
    [InlineData("naturalqs::olmes", """{"question": "q", "answer": []}""", "at least one answer is expected")]
    [InlineData("arc_challenge:mc::olmes", """{"question": "q", "choices": {"text": ["x", "y"], "label": ["A", "B"]}, "answerKey": "C"}""", "\"answerKey\" is C, and the choices are A, B")]
    [InlineData("arc_challenge:mc::olmes", """{"query": "Question: q\n A. x\n B. y\nAnswer:", "choices": ["A", "B"], "gold": 0}""", "is no row of ARC")]
    [InlineData("arc_challenge:rc::olmes", """{"query": "Question: q\nAnswer:", "choices": ["x", "y"], "gold": 2}""", "says that choice 2 is right, but has 2")]
    public void In_the_middle_of_a_large_file(string task, string bad, string what)
    {
        // In MATH a row names its subject when any does.
        var good = Good(task);
        var lines = Enumerable.Repeat(good, 5000).Append(bad).Concat(Enumerable.Repeat(good, 5000));

        var fault = Assert.Throws<FaultException>(() => Make(task, lines));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Contains("data.jsonl, line 5001", fault.Message);
        Assert.Contains(what, fault.Message);
    }

    [Fact]
    public void Empty_data_and_unknown_tasks_are_refused()
    {
        Assert.Contains("no request", Assert.Throws<FaultException>(() => Make("gsm8k::olmes", [])).Message);
        var fault = Assert.Throws<FaultException>(() => Make("gsm8k::olmo", [Good("gsm8k::olmes")]));
        Assert.Contains("There is no task 'gsm8k::olmo'; these are known: gsm8k::olmes, gsm8k::tulu", fault.Message);
        Assert.Equal("recipe.task.name", fault.Field);
    }

    [Fact]
    public void Bits_alone_need_nothing_written()
    {
        var task = Make("gsm8k:bpb::olmes", [Good("gsm8k::olmes")]);

        Assert.Null(task.Writing);
        Assert.Equal("bits_per_byte", Assert.Single(task.Metrics));
        Assert.Null(task.Questions[0].Prompt);
        Assert.Equal(1 / Math.Log(2) / " So 1. So the answer is 1.".Length, task.Questions[0].Grade(new Response(null, [new ChoiceScore(-1, 3)]))["bits_per_byte"], 1e-12);
    }

    [Fact]
    public void Answers_of_drop_are_a_number_or_spans_or_a_date_each_once()
    {
        string[] rows =
        [
            """{"passage": "p", "question": "q", "answer": {"number": "3", "date": {"day": "", "month": "", "year": ""}, "spans": []}, "validated_answers": [{"number": "", "date": {"day": "", "month": "", "year": ""}, "spans": ["a", "b"]}, {"number": "3", "date": {}, "spans": []}]}""",
            """{"passage": "p", "question": "q", "answer": {"number": "", "date": {"day": "5", "month": "May", "year": ""}, "spans": []}, "validated_answers": {"number": ["", "4"], "date": [{"day": "", "month": "", "year": "1910"}, {}], "spans": [[], []]}}""",
        ];

        var answers = Graft.Evaluator.Requests.RequestReader.Lines([("d.jsonl", Encoding.UTF8.GetBytes(string.Join('\n', rows)))]).Select(Drop.Answers).ToList();

        Assert.Equal([["3"], ["a", "b"]], answers[0]);
        Assert.Equal([["5 May"], ["1910"], ["4"]], answers[1]);
    }

    [Fact]
    public void Answers_of_the_published_release_are_read()
    {
        var release = System.Text.Json.JsonElement.Parse(File.ReadAllBytes(SharedData.Require("data/drop/allennlp_rc_fixture_drop.json")));
        var rows = release.EnumerateObject().SelectMany(passage => passage.Value.GetProperty("qa_pairs").EnumerateArray())
            .Select((row, i) => new Graft.Evaluator.Requests.RequestLine(new Graft.Evaluator.Requests.Place("drop.json", i + 1, "question"), row));

        var answers = rows.Select(Drop.Answers).ToList();

        Assert.Equal(19, answers.Count);
        Assert.All(answers, candidates => Assert.Single(candidates));
        Assert.Equal(["sixth terminal", "2", "2", "6", "0", "6"], answers.Take(6).Select(candidates => Assert.Single(candidates[0])));
    }

    private static string Good(string task) => task.Split(':')[0] switch
    {
        "gsm8k" => """{"question": "q", "answer": "so 1\n#### 1"}""",
        "minerva_math" => """{"problem": "p", "solution": "\\boxed{2}", "type": "Algebra"}""",
        "naturalqs" => """{"question": "q", "answer": ["a"]}""",
        _ => """{"question": "q", "choices": {"text": ["x", "y"], "label": ["A", "B"]}, "answerKey": "B"}""",
    };

    private static EvaluationTask Make(string task, IEnumerable<string> lines) => TaskSource.Make(
        new NamedTaskRules(task),
        [("data.jsonl", Encoding.UTF8.GetBytes(string.Join('\n', lines)))],
        new FewShotFiles([("shots.json", Encoding.UTF8.GetBytes(Shots))]),
        Graft.Modeling.Tokenizers.Tokenizer.Parse(Encoding.UTF8.GetBytes(TinyCheckpoint.Tokenizer()), []));
}
