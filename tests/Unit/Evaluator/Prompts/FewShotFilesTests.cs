using System.Text;
using Graft.Evaluator.Prompts;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Prompts;

public sealed class FewShotFilesTests
{
    [Theory]
    [InlineData("a.jsonl", "{\"q\": 1}\n{\"q\": 2}\n{\"q\": 3}")]
    [InlineData("a.json", """[{"q": 1}, {"q": 2}, {"q": 3}]""")]
    [InlineData("a.json", """{"other": [], "shots": [{"q": 1}, {"q": 2}, {"q": 3}]}""")]
    public void Examples_are_the_first_of_a_file_in_any_form(string name, string text) =>
        Assert.Equal([1, 2], Files(name, text).Take("shots", 2).Select(row => row.Get("q").GetInt32()));

    [Theory]
    [InlineData("a.jsonl", "{\"q\": 1}", "1 few-shot examples were given; the task shows 2 (shots)")]
    [InlineData("a.json", """{"other": [], "more": []}""", "a.json has no list 'shots'; it has 'other', 'more'")]
    [InlineData("a.json", """[{"q": 1}, 5]""", "a.json, shots, example 2 is no JSON object")]
    [InlineData("a.json", "7", "a.json has no list of examples")]
    [InlineData("a.json", "{", "a.json is no JSON")]
    [InlineData("a.jsonl", "{\"q\": 1}\n[", "a.jsonl, line 2 is no JSON")]
    public void Wrong_files_are_told(string name, string text, string what) =>
        Assert.Contains(what, Assert.Throws<FaultException>(() => Files(name, text).Take("shots", 2)).Message);

    [Fact]
    public void A_task_with_examples_needs_them() =>
        Assert.Contains("give the file that has them", Assert.Throws<FaultException>(() => new FewShotFiles([]).Take("shots", 2)).Message);

    private static FewShotFiles Files(string name, string text) => new([(name, Encoding.UTF8.GetBytes(text))]);
}
