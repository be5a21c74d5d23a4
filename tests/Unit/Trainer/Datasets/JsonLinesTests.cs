using System.IO.Compression;
using System.Text;
using Graft.Faults;
using Graft.Modeling.Chat;
using Graft.Trainer.Datasets;
using Xunit;

namespace Graft.Tests.Unit.Trainer.Datasets;

public sealed class JsonLinesTests
{
    [Fact]
    public async Task Each_form_of_row_is_read()
    {
        Assert.Equal(
            [new TextRow(Line(1), "a\nb"), new TextRow(Line(3), "")],
            await ReadAsync("{\"text\": \"a\\nb\", \"id\": 5}\r\n\n{\"id\": null, \"text\": \"\"}"));
        Assert.Equal(
            [new CompletionRow(Line(1), "p", "c")],
            await ReadAsync("\uFEFF{\"completion\": \"c\", \"prompt\": \"p\", \"text\": 1}\n"));
        var conversation = Assert.IsType<ConversationRow>(Assert.Single(await ReadAsync(
            """{"id": "x", "prompt": "p", "messages": [{"role": "user", "content": "p"}, {"content": "\ud83d\ude00", "role": "assistant", "name": 3}]}""")));
        Assert.Equal([new ChatMessage("user", "p"), new ChatMessage("assistant", "\U0001F600")], conversation.Messages);
        Assert.Empty(await ReadAsync(" \n\r\n"));
    }

    [Theory]
    [InlineData("5", "is a number (5), not an object.")]
    [InlineData("[]", "is an empty list, not an object.")]
    [InlineData("{", "is no JSON")]
    [InlineData("{} x", "is no JSON")]
    [InlineData("""{"question": "a", "answer": "b"}""", "has neither messages, nor prompt and completion, nor text; its fields are: question, answer.")]
    [InlineData("""{"text": 5}""", "text is a number (5), and must be a text.")]
    [InlineData("""{"text": null}""", "text is null, and must be a text.")]
    [InlineData("""{"text": "\ud800"}""", "text is no Unicode")]
    [InlineData("""{"prompt": "a"}""", "completion is missing, and must be a text.")]
    [InlineData("""{"prompt": {"a": 1}, "completion": "b"}""", "prompt is an object, and must be a text.")]
    [InlineData("""{"messages": "a"}""", "messages is a text, and must be a list of at least one {role, content}.")]
    [InlineData("""{"messages": []}""", "messages is an empty list, and must be a list of at least one {role, content}.")]
    [InlineData("""{"messages": ["a"]}""", "messages[0] is a text, and must be an object {role, content}.")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": [1]}]}""", "messages[1].content is a list, and must be a text.")]
    [InlineData("""{"messages": [{"content": "a"}]}""", "messages[0].role is missing, and must be a text.")]
    public async Task A_row_that_is_none_is_told_with_file_line_and_field(string line, string problem)
    {
        var fault = await Assert.ThrowsAsync<FaultException>(() => ReadAsync($"\n{line}\n"));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.StartsWith($"data.jsonl, line 2", fault.Message, StringComparison.Ordinal);
        Assert.Contains(problem, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_rows_of_a_file_are_of_one_form()
    {
        var fault = await Assert.ThrowsAsync<FaultException>(() => ReadAsync("{\"text\": \"a\"}\n{\"prompt\": \"a\", \"completion\": \"b\"}\n"));

        Assert.Equal("data.jsonl, line 2: text is missing, and must be a text.", fault.Message);
    }

    /// <summary>Sixty-four MB of rows: what is wrong in the middle is found, and no more than a line or two is held.</summary>
    [Fact]
    public async Task A_row_of_the_wrong_type_in_the_middle_of_a_large_file_is_found_without_holding_the_file()
    {
        const int Rows = 100_000;
        await using var stream = new RowStream(Rows, wrong: 50_001);
        var read = 0;

        var fault = await Assert.ThrowsAsync<FaultException>(async () =>
        {
            await foreach (var _ in DatasetFiles.ReadAsync("big.jsonl", stream, TestContext.Current.CancellationToken))
            {
                read++;
            }
        });

        Assert.Equal("big.jsonl, line 50001: text is a number (50001), and must be a text.", fault.Message);
        Assert.Equal(50_000, read);
        Assert.InRange(stream.Position, 0, (stream.Length / 2) + (1 << 19));
    }

    [Fact]
    public async Task Lines_longer_than_the_buffer_and_zipped_files_are_read()
    {
        var text = string.Concat(Enumerable.Repeat("0123456789abcdef", 40_000));
        var lines = Encoding.UTF8.GetBytes($"{{\"text\": \"{text}\"}}\n{{\"text\": \"b\"}}");
        using var zipped = new MemoryStream();
        await using (var zip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true))
        {
            zip.Write(lines);
        }

        Assert.Equal([text, "b"], await TextsAsync("data.jsonl", lines));
        Assert.Equal([text, "b"], await TextsAsync("data.jsonl.gz", zipped.ToArray()));
        var damaged = zipped.ToArray();
        damaged[damaged.Length / 2] ^= 0x55;
        Assert.Contains("data.jsonl.gz", (await Assert.ThrowsAsync<FaultException>(() => TextsAsync("data.jsonl.gz", damaged))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_kind_of_file_is_refused_with_those_there_are() => Assert.Equal(
        "data.csv is no file of rows; .jsonl, .jsonl.gz or .parquet are.",
        (await Assert.ThrowsAsync<FaultException>(() => TextsAsync("data.csv", []))).Message);

    private static RowPlace Line(long number) => new("data.jsonl", "line", number);

    private static Task<List<DataRow>> ReadAsync(string lines) => RowsAsync("data.jsonl", Encoding.UTF8.GetBytes(lines));

    private static async Task<IEnumerable<string>> TextsAsync(string file, byte[] bytes) =>
        (await RowsAsync(file, bytes)).Select(row => ((TextRow)row).Text);

    private static async Task<List<DataRow>> RowsAsync(string file, byte[] bytes)
    {
        List<DataRow> rows = [];
        await foreach (var row in DatasetFiles.ReadAsync(file, new MemoryStream(bytes), TestContext.Current.CancellationToken))
        {
            rows.Add(row);
        }

        return rows;
    }

    /// <summary>A file of rows that is made while it is read.</summary>
    private sealed class RowStream(int rows, int wrong) : Stream
    {
        private const int RowBytes = 640;

        private int _row;
        private byte[] _current = [];
        private int _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => (long)rows * RowBytes;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = 0;
            while (read < count && (_at < _current.Length || _row < rows))
            {
                if (_at == _current.Length)
                {
                    _row++;
                    var line = _row == wrong ? $"{{\"text\": {_row}" : $"{{\"text\": \"{new string('x', 500)}\"";
                    (_current, _at) = (Encoding.UTF8.GetBytes(line.PadRight(RowBytes - 2) + "}\n"), 0);
                }

                var part = Math.Min(count - read, _current.Length - _at);
                _current.AsSpan(_at, part).CopyTo(buffer.AsSpan(offset + read));
                (read, _at) = (read + part, _at + part);
            }

            Position += read;
            return read;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
