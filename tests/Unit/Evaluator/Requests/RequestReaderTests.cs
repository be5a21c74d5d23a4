using System.Text;
using Graft.Evaluator.Requests;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Requests;

public sealed class RequestReaderTests
{
    private const string First = """{"doc_id": 3, "choice": 0, "context": "a b", "continuation": " c", "gold": 1}""";
    private const string Second = """{"doc_id": 3, "choice": 1, "context": "a b", "continuation": " d", "gold": 1}""";

    [Fact]
    public void Choices_are_gathered_by_document_whatever_the_order_of_the_lines()
    {
        var other = """{"doc_id": 1, "choice": 0, "context": "x", "continuation": "y", "gold": 0, "extra": {"ignored": true}}""";

        var documents = LogLikelihood(Second, other, First);

        Assert.Equal([1, 3], documents.Select(document => document.Id));
        Assert.Equal([" c", " d"], documents[1].Choices.Select(choice => choice.Continuation));
        Assert.Equal(1, documents[1].Gold);
    }

    [Fact]
    public void Byte_order_mark_carriage_returns_empty_lines_and_a_missing_last_newline_are_fine()
    {
        byte[] bytes = [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes($"{First}\r\n\r\n  \n{Second}")];

        var document = Assert.Single(RequestReader.LogLikelihood([("a.jsonl", bytes)]));

        Assert.Equal([new Place("a.jsonl", 1), new Place("a.jsonl", 4)], document.Choices.Select(choice => choice.Place));
    }

    [Fact]
    public void Documents_may_be_spread_over_files()
    {
        var files = new[] { ("a.jsonl", Encoding.UTF8.GetBytes(First)), ("b.jsonl", Encoding.UTF8.GetBytes(Second)) };

        Assert.Equal(2, Assert.Single(RequestReader.LogLikelihood(files)).Choices.Count);
    }

    [Theory]
    [InlineData("""{"prompt": "p", "answer": "7"}""", "7")]
    [InlineData("""{"prompt": "p", "answer": 7.50}""", "7.50")]
    public void Answers_may_be_text_or_numbers(string line, string answer) => Assert.Equal(answer, Assert.Single(Generation(line)).Answer);

    [Theory]
    [InlineData("{", "is no JSON")]
    [InlineData("[1]", "is no JSON object")]
    [InlineData("""{"doc_id": 3, "choice": 0, "context": "a", "gold": 0}""", "has no \"continuation\"")]
    [InlineData("""{"doc_id": 3, "choice": 0, "context": "a", "continuation": "", "gold": 0}""", "empty continuation")]
    [InlineData("""{"doc_id": 3, "choice": 0, "context": 5, "continuation": "b", "gold": 0}""", "\"context\" is 5; text is expected")]
    [InlineData("""{"doc_id": -3, "choice": 0, "context": "a", "continuation": "b", "gold": 0}""", "\"doc_id\" is -3")]
    [InlineData("""{"doc_id": 3, "choice": 1e99, "context": "a", "continuation": "b", "gold": 0}""", "\"choice\" is 1e99")]
    [InlineData("""{"doc_id": 3, "choice": 0, "context": "a", "continuation": "\ud800", "gold": 0}""", "no valid text")]
    [InlineData("""{"doc_id": 3, "choice": 0, "context": "a", "continuation": "b", "gold": 1}""", "\"gold\" 1, but the document has 1 choice")]
    [InlineData("""{"prompt": "p", "answer": "7"}""", "generation request")]
    public void Malformed_line_is_refused_with_file_and_number(string line, string what)
    {
        var good = """{"doc_id": 9, "choice": 0, "context": "x", "continuation": "y", "gold": 0}""";

        var fault = Assert.Throws<FaultException>(() => LogLikelihood(good, "", line));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Contains("requests.jsonl, line 3", fault.Message);
        Assert.Contains(what, fault.Message);
    }

    [Theory]
    [InlineData(First, "log-likelihood request")]
    [InlineData("""{"prompt": "p"}""", "has no \"answer\"")]
    [InlineData("""{"answer": "7"}""", "has no \"prompt\"")]
    [InlineData("""{"prompt": "p", "answer": ["7"]}""", "\"answer\" is [\"7\"]; text is expected")]
    public void Malformed_generation_line_is_refused(string line, string what) =>
        Assert.Contains(what, Assert.Throws<FaultException>(() => Generation(line)).Message);

    [Fact]
    public void Choices_twice_missing_or_at_odds_about_gold_are_refused()
    {
        Assert.Contains("has choice 0 twice", Assert.Throws<FaultException>(() => LogLikelihood(First, First)).Message);
        Assert.Contains("has no choice 0", Assert.Throws<FaultException>(() => LogLikelihood(Second)).Message);
        var odd = Second.Replace("\"gold\": 1", "\"gold\": 0", StringComparison.Ordinal);
        Assert.Contains("line 2: document 3 says \"gold\" 0, but requests.jsonl, line 1 says 1", Assert.Throws<FaultException>(() => LogLikelihood(First, odd)).Message);
    }

    [Fact]
    public void No_request_is_refused()
    {
        Assert.Contains("no request", Assert.Throws<FaultException>(() => LogLikelihood("", " ")).Message);
        Assert.Contains("no request", Assert.Throws<FaultException>(() => RequestReader.Generation([])).Message);
    }

    private static IReadOnlyList<ChoiceDocument> LogLikelihood(params string[] lines) =>
        RequestReader.LogLikelihood([("requests.jsonl", Encoding.UTF8.GetBytes(string.Join('\n', lines)))]);

    private static IReadOnlyList<GenerationRequest> Generation(params string[] lines) =>
        RequestReader.Generation([("requests.jsonl", Encoding.UTF8.GetBytes(string.Join('\n', lines)))]);
}
