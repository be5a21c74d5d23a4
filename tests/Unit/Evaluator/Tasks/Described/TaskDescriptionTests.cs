using System.Text;
using Graft.Artifacts.Recipes;
using Graft.Evaluator.Prompts;
using Graft.Evaluator.Tasks;
using Graft.Evaluator.Tasks.Described;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Tasks.Described;

public sealed class TaskDescriptionTests
{
    private const string Capitals = """
        data: capitals.jsonl
        few_shot:
          data: shots.jsonl
          count: 1
        description: "Name the capital.\n\n"
        prompt: "Country: {country.name}\nCapital:"
        generate:
          answer: capitals
          max_new_tokens: 8
          stop: ["\n"]
          extract: first_line
        """;

    [Fact]
    public void A_task_with_written_answers()
    {
        var task = Make(Capitals, """{"country": {"name": "Benin"}, "capitals": ["Porto-Novo", "Cotonou"]}""", """{"country": {"name": "Chad"}, "capitals": ["N'Djamena"]}""");

        var question = task.Questions[0];
        Assert.Equal("Name the capital.\n\nCountry: Chad\nCapital: N'Djamena\n\nCountry: Benin\nCapital:", question.Prompt);
        Assert.Equal("Name the capital.\n\nCountry: Chad\nCapital: N'Djamena\n\n", task.Shared);
        Assert.Equal(" Porto-Novo", question.Continuations[0].Text);
        Assert.Equal(["exact_match", "bits_per_byte"], task.Metrics);
        Assert.Equal((8, "\n"), (task.Writing!.MaxNewTokens, Assert.Single(task.Writing.Stop)));
        Assert.True(Recorded.Judge(question, " Cotonou\nand more").IsRight);
        Assert.False(Recorded.Judge(question, "Lagos").IsRight);
        var description = TaskDescription.Parse(Capitals);
        Assert.Equal(("capitals.jsonl", "shots.jsonl"), (description.Data, description.FewShotData));
    }

    [Theory]
    [InlineData("metric: f1", "the cat sat", "a cat", 2.0 / 3)]
    [InlineData("metric: math", "so \\boxed{0.5}", "\\frac{1}{2}", 1)]
    [InlineData("extract: last_number", "2 and 1,500", "1500", 1)]
    [InlineData("pattern: 'is (\\w+)'", "it is red, no, is blue!", "blue", 1)]
    [InlineData("pattern: 'is (\\w+)'", "nothing", "blue", 0)]
    [InlineData("metric: exact_match", " yes ", "yes", 1)]
    public void Answers_are_found_and_scored(string line, string output, string answer, double score)
    {
        var task = Make($"prompt: \"{{q}}\"\ngenerate:\n  answer: a\n  {line}", System.Text.Json.JsonSerializer.Serialize(new { q = "?", a = answer }));

        Assert.Equal(score, Recorded.Judge(task.Questions[0], output)[task.Metrics[0]], 1e-12);
    }

    [Theory]
    [InlineData("\"label\"", "\"B\"")]
    [InlineData("\"label\"", "1")]
    [InlineData("\"label\"", "\"no\"", "")]
    public void A_task_with_choices(string _, string gold, string labels = "labels: choices.label")
    {
        var yaml = $"prompt: \"Q: {{q}} {{{{sic}}}}\\nA:\"\nchoose:\n  choices: choices.text\n  gold: key\n  metric: acc_per_char\n  {labels}";

        var task = Make(yaml, $$$"""{"q": "Is it?", "choices": {"text": ["yes", "no"], "label": ["A", "B"]}, "key": {{{gold}}}}""");

        var question = task.Questions[0];
        Assert.Equal(["Q: Is it? {sic}\nA:", "Q: Is it? {sic}\nA:"], question.Continuations.Select(continuation => continuation.Context));
        Assert.Equal([" yes", " no"], question.Continuations.Select(continuation => continuation.Text));
        Assert.Equal(["acc_per_char", "bits_per_byte"], task.Metrics);
        Assert.Equal((1, true), ((int)Recorded.Fact(question.Grade(new Response(null, [new(-9, 1), new(-1, 1)])), "gold")!, question.Grade(new Response(null, [new(-9, 1), new(-1, 1)])).IsRight));
    }

    [Fact]
    public void All_mistakes_are_told_with_their_lines()
    {
        var yaml = """
            prompt: "a {field"
            promt: x
            generate:
              max_new_tokens: none
              stop: {a: b}
              metric: bleu
            few_shot: 5
            """;

        var fault = Assert.Throws<FaultException>(() => TaskDescription.Parse(yaml, "my.yaml"));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Equal(
            "my.yaml, line 1: a brace at '{field' is alone: write {field}, or {{ for a brace; "
            + "line 2: there is no key 'promt' here; these are: choose, data, description, few_shot, generate, prompt; "
            + "line 4: answer is missing; line 4: max_new_tokens is 'none'; a whole number from 1 is expected; "
            + "line 5: stop is a list of texts, none of them empty; line 6: metric is 'bleu'; one of exact_match, f1, math is expected; "
            + "line 7: few_shot has keys of its own below it.",
            fault.Message);
    }

    [Theory]
    [InlineData("", "line 1: the description is empty")]
    [InlineData("- a", "line 1: a description has keys")]
    [InlineData("prompt: x", "line 1: generate: or choose: must say what is asked of the model")]
    [InlineData("prompt: x\ngenerate: {answer: a}\nchoose: {choices: b, gold: c}", "line 1: generate: and choose: exclude each other")]
    [InlineData("prompt: x\nprompt: y\ngenerate: {answer: a}", "line 2: the key 'prompt' is there twice")]
    [InlineData("prompt: x\ngenerate: {answer: a, pattern: '('}", "line 2: pattern is no regular expression")]
    [InlineData("prompt: x\ngenerate: [}", "this is no YAML")]
    [InlineData("prompt: \"x", "line 1: this is no YAML")]
    public void One_mistake(string yaml, string what) => Assert.Contains(what, Assert.Throws<FaultException>(() => TaskDescription.Parse(yaml)).Message);

    [Theory]
    [InlineData("""{"country": {}, "capitals": ["x"]}""", "data.jsonl, line 1 has no \"country.name\", which line 6 of the description asks for")]
    [InlineData("""{"country": {"name": {}}, "capitals": ["x"]}""", "\"country.name\" is Object; line 6 of the description needs text")]
    [InlineData("""{"country": {"name": "x"}, "capitals": []}""", "\"capitals\" has no answer")]
    [InlineData("""{"country": {"name": "x"}, "capitals": [" "]}""", "\"capitals\" has no answer, or an empty one")]
    [InlineData("""{"country": {"name": "x"}}""", "has no \"capitals\", which line 8")]
    public void A_row_that_does_not_fit_is_told_with_both_lines(string row, string what) =>
        Assert.Contains(what, Assert.Throws<FaultException>(() => Make(Capitals, row, """{"country": {"name": "Chad"}, "capitals": ["N'Djamena"]}""")).Message);

    [Fact]
    public void A_gold_that_is_no_choice_is_told() => Assert.Contains(
        "\"k\" is 'C', which is none of the 2 choices",
        Assert.Throws<FaultException>(() => Make("prompt: x\nchoose: {choices: c, gold: k}", """{"c": ["A", "B"], "k": "C"}""")).Message);

    private static EvaluationTask Make(string yaml, string row, string? shot = null) => TaskSource.Make(
        new DescribedTaskRules(yaml),
        [("data.jsonl", Encoding.UTF8.GetBytes(row))],
        new FewShotFiles(shot is null ? [] : [("shots.jsonl", Encoding.UTF8.GetBytes(shot))]),
        Graft.Modeling.Tokenizers.Tokenizer.Parse(Encoding.UTF8.GetBytes(TinyCheckpoint.Tokenizer()), []));
}
