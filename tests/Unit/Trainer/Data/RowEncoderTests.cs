using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Faults;
using Graft.Modeling.Chat;
using Graft.Modeling.Tokenizers;
using Graft.Trainer.Data;
using Graft.Trainer.Datasets;
using Xunit;

namespace Graft.Tests.Unit.Trainer.Data;

/// <summary>
/// Tokens and masks of conversations. The expected ones were made with Hugging Face tokenizers 0.23.2, @huggingface/jinja 0.5.11 and the
/// masking loop of open-instruct, on OLMo 2's tokenizer (for Llama 3 with its four marks added).
/// </summary>
public sealed class RowEncoderTests
{
    private static readonly RowPlace _place = new("data.jsonl", "line", 7);
    private static readonly Lazy<Tokenizer> _olmo = new(() => Load(llama: false));
    private static readonly Lazy<Tokenizer> _llama = new(() => Load(llama: true));

    private static readonly Dictionary<string, ChatMessage[]> _conversations = new()
    {
        ["single"] = [new("user", "What is 2+2?"), new("assistant", "It is 4.")],
        ["multi"] =
        [
            new("system", "Be brief."), new("user", " Hi! \n"), new("assistant", "\nHello.\t"), new("user", "1+1?"), new("assistant", "2"),
        ],
        ["twice"] = [new("user", "Q"), new("assistant", "A"), new("assistant", "B")],
        ["open"] = [new("user", "Q"), new("assistant", "A"), new("user", "R")],
        ["first"] = [new("assistant", "A"), new("user", "Q"), new("assistant", "B")],
    };

    [Theory]
    [InlineData("tulu", "single", "27 91 882 91 397 3923 374 220 17 10 17 5380 27 91 78191 91 397 2181 374 220 19 13 100257", "00000000000000000111111")]
    [InlineData(
        "tulu",
        "multi",
        "27 91 9125 91 397 3513 10015 627 27 91 882 91 397 21694 0 4815 27 91 78191 91 1363 9906 13 197 100257 198 27 91 882 91 397 16 10 16 5380 27 91 78191 91 397 17 100257",
        "000000000000000000000111100000000000000011")]
    [InlineData("tulu", "twice", "27 91 882 91 397 48 198 27 91 78191 91 397 32 100257 198 27 91 78191 91 397 33 100257", "0000000000001111111111")]
    [InlineData("tulu", "open", "27 91 882 91 397 48 198 27 91 78191 91 397 32 100257 198 27 91 882 91 397 49 198", "0000000000001100000000")]
    [InlineData("tulu", "first", "27 91 78191 91 397 32 100257 198 27 91 882 91 397 48 198 27 91 78191 91 397 33 100257", "1111111000000000000011")]
    [InlineData("olmo2", "single", "100257 27 91 882 91 397 3923 374 220 17 10 17 5380 27 91 78191 91 397 2181 374 220 19 13 100257", "000000000000000000111111")]
    [InlineData("olmo2", "open", "100257 27 91 882 91 397 48 198 27 91 78191 91 397 32 100257 198 27 91 882 91 397 49 198", "00000000000001100000000")]
    [InlineData(
        "llama3",
        "single",
        "100278 100279 882 100280 271 3923 374 220 17 10 17 30 100281 100279 78191 100280 271 2181 374 220 19 13 100281",
        "00000000000000000111111")]
    [InlineData(
        "llama3",
        "multi",
        "100278 100279 9125 100280 271 3513 10015 13 100281 100279 882 100280 271 13347 0 100281 100279 78191 100280 271 9906 13 100281 100279 882 100280 271 16 10 16 30 100281 100279 78191 100280 271 17 100281",
        "00000000000000000000111000000000000011")]
    [InlineData("llama3", "first", "100278 100279 78191 100280 271 32 100281 100279 882 100280 271 48 100281 100279 78191 100280 271 33 100281", "1111111000000000011")]
    public void Conversations_have_the_tokens_and_the_mask_of_the_reference(string template, string conversation, string tokens, string mask)
    {
        var row = Encoder(template, addBos: false).Encode(new ConversationRow(_place, _conversations[conversation]));

        Assert.Equal(tokens, string.Join(' ', row.Tokens));
        Assert.Equal(mask, string.Concat(row.IsTarget.Select(target => target ? '1' : '0')));
    }

    // All tokens as 32 bits each, the masked ones as -id - 1: number, targets, beginning of the SHA-256.
    [Theory]
    [InlineData("tulu", 62718, 13679, "9cc89effc5d7d4fb")]
    [InlineData("olmo2", 63718, 13679, "f4a3f179f9a9c981")]
    [InlineData("llama3", 62717, 13679, "25b9b9b92996c929")]
    public void A_thousand_real_problems_are_encoded_as_in_the_reference(string template, int tokens, int targets, string sha256)
    {
        using var problems = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require("data/sft/SVAMP.json")));
        var encoder = Encoder(template, addBos: false);

        var rows = problems.RootElement.EnumerateArray()
            .Select(problem => encoder.Encode(new CompletionRow(_place, $"{Text(problem, "Body")} {Text(problem, "Question")}", Text(problem, "Equation"))))
            .ToList();

        int[] all = [.. rows.SelectMany(row => row.Tokens.Zip(row.IsTarget, (token, target) => target ? token : -token - 1))];
        Assert.Equal((tokens, targets), (all.Length, rows.Sum(row => row.Targets)));
        Assert.StartsWith(sha256, Digest.Of(MemoryMarshal.AsBytes<int>(all)).ToString(), StringComparison.Ordinal);
    }

    /// <summary>The fine-tunes of ../shared/trajectory were made in this format; its requests are written down by another program.</summary>
    [Fact]
    public void The_trajectory_s_requests_are_conversations_in_Tulu_s_format()
    {
        var folder = SharedData.Require("trajectory/M1");
        var tokenizer = Tokenizer.Parse(
            File.ReadAllBytes(Path.Combine(folder, "tokenizer.json")), File.ReadAllBytes(Path.Combine(folder, "tokenizer_config.json")));
        var encoder = new RowEncoder(Rules("tulu", addBos: true), tokenizer, () => null);
        foreach (var line in File.ReadLines(SharedData.Require("trajectory/tasks/gsm8k_chat_bpb.jsonl")))
        {
            using var request = JsonDocument.Parse(line);
            var (context, continuation) = (Text(request.RootElement, "context"), Text(request.RootElement, "continuation"));
            var question = context["<|endoftext|><|user|>\n".Length..^"\n<|assistant|>\n".Length];

            var row = encoder.Encode(new ConversationRow(_place, [new("user", question), new("assistant", continuation)]));

            var begin = Array.IndexOf(row.IsTarget, true);
            Assert.Equal(tokenizer.Encode(context), row.Tokens[..begin]);
            Assert.Equal(tokenizer.Encode(context + continuation + "<|endoftext|>"), row.Tokens);
            Assert.Equal(continuation + "<|endoftext|>", tokenizer.Decode(row.Tokens.AsSpan(begin)));
            Assert.DoesNotContain(false, row.IsTarget[begin..]);
        }
    }

    [Fact]
    public void A_beginning_token_is_put_before_a_template_that_has_none()
    {
        var conversation = new ConversationRow(_place, _conversations["multi"]);
        var (tulu, olmo) = (Encoder("tulu", addBos: true).Encode(conversation), Encoder("olmo2", addBos: true).Encode(conversation));

        Assert.Equal(Encoder("olmo2", addBos: false).Encode(conversation).Tokens, olmo.Tokens);
        Assert.Equal(olmo.Tokens, tulu.Tokens);
        Assert.Equal(olmo.IsTarget, tulu.IsTarget);
    }

    [Fact]
    public void Without_a_template_prompt_and_completion_follow_each_other_between_the_end_tokens()
    {
        var row = new RowEncoder(Rules(null, addBos: true), _olmo.Value, () => null).Encode(new CompletionRow(_place, "This is", " a test"));

        Assert.Equal([100257, 2028, 374, 264, 1296, 100257], row.Tokens);
        Assert.Equal([false, false, false, true, true, true], row.IsTarget);
        Assert.Equal(3, row.Targets);
    }

    [Fact]
    public void Of_plain_text_everything_counts()
    {
        var row = new RowEncoder(Rules(null, addBos: true) with { Mask = LossMask.All }, _olmo.Value, () => null).Encode(new TextRow(_place, "This is a test"));

        Assert.Equal([100257, 2028, 374, 264, 1296, 100257], row.Tokens);
        Assert.Equal(5, row.Targets);
    }

    [Fact]
    public void The_tokenizer_s_own_template_writes_conversations_but_not_completions()
    {
        var encoder = new RowEncoder(Rules(null, addBos: true), _olmo.Value, () => ChatTemplates.Find("olmo2"));

        Assert.Equal(
            Encoder("olmo2", addBos: false).Encode(new ConversationRow(_place, _conversations["single"])).Tokens,
            encoder.Encode(new ConversationRow(_place, _conversations["single"])).Tokens);
        Assert.Equal([100257, 2028, 374, 264, 1296, 100257], encoder.Encode(new CompletionRow(_place, "This is", " a test")).Tokens);
        Assert.Equal(("olmo2", null), (encoder.TemplateFor(RowForm.Conversation)?.Name, encoder.TemplateFor(RowForm.Completion)));
    }

    [Fact]
    public void What_cannot_be_encoded_is_told_with_its_place()
    {
        var none = new RowEncoder(Rules(null, addBos: true), _olmo.Value, () => null);
        var unknown = new RowEncoder(Rules(null, addBos: true), _olmo.Value, () => ChatTemplates.Recognize("""{"chat_template": "{{ x }}"}"""u8, []));

        Assert.Equal(
            ["data.jsonl, line 7", "data.jsonl, line 7", "data.jsonl, line 7", "data.jsonl, line 7"],
            new Action[]
            {
                () => none.Encode(new ConversationRow(_place, _conversations["single"])),
                () => none.Encode(new TextRow(_place, "a")),
                () => unknown.Encode(new ConversationRow(_place, _conversations["single"])),
                () => Encoder("tulu", addBos: true).Encode(new ConversationRow(_place, [new("function", "a")])),
            }.Select(encode => Assert.Throws<FaultException>(encode).Message.Split(':')[0]));
        Assert.Contains("--template tulu", Assert.Throws<FaultException>(() => none.Encode(new ConversationRow(_place, _conversations["single"]))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20, RowFate.Kept, 6, 3)]
    [InlineData(6, RowFate.Kept, 6, 3)]
    [InlineData(5, RowFate.Truncated, 5, 2)]
    [InlineData(4, RowFate.Truncated, 4, 1)]
    [InlineData(3, RowFate.TargetCutOff, 3, 0)]
    [InlineData(1, RowFate.TargetCutOff, 1, 0)]
    internal void Rows_are_cut_on_the_right_and_dropped_without_a_target(int length, RowFate fate, int tokens, int targets)
    {
        var report = new DataReport();

        var (found, row) = report.Take(new TokenRow([1, 2, 3, 4, 5, 6], [false, false, false, true, true, true]), length);

        Assert.Equal((fate, tokens, targets), (found, row.Tokens.Length, row.Targets));
        var kept = fate is RowFate.Kept or RowFate.Truncated;
        Assert.Equal((1, kept ? 0 : 1, kept ? tokens : 0, kept ? targets : 0, kept ? 6 - tokens : 0), (report.Rows, report.Dropped, report.Tokens, report.Targets, report.CutTokens));
    }

    [Fact]
    public void A_report_counts_why_rows_were_dropped()
    {
        var report = new DataReport();
        report.Take(new TokenRow([1], [true]), 9);
        report.Take(new TokenRow([1, 2], [true, false]), 9);
        report.Take(new TokenRow([1, 2, 3], [false, false, true]), 2);
        report.Take(new TokenRow([1, 2, 3], [false, true, true]), 2);
        report.Take(new TokenRow([1, 2], [true, true]), 2);

        Assert.Equal((5, 2, 3), (report.Rows, report.Kept, report.Dropped));
        Assert.Equal(
            "5 rows: 2 kept, 1 of them truncated by 1 tokens, 3 dropped (shorter than two tokens: 1, nothing that counts in the loss: 1, "
            + "nothing that counts left after the cut: 1); 4 tokens, 2 of them count in the loss",
            report.ToString());
    }

    [Fact]
    public void Where_nothing_is_cut_nothing_is_dropped()
    {
        var report = new DataReport();

        Assert.Equal(RowFate.Kept, report.Take(new TokenRow([1], [true]), null).Fate);
        Assert.Equal((1, 1), (report.Kept, report.Tokens));
    }

    private static RowEncoder Encoder(string template, bool addBos) =>
        new(Rules(template, addBos), (template == "llama3" ? _llama : _olmo).Value, () => throw new InvalidOperationException("The template was named."));

    private static EncodingRules Rules(string? template, bool addBos) =>
        new(LossMask.Completion, addBos, AddEos: true, MaxTokens: 4096, template is null ? null : ChatTemplates.Find(template));

    private static string Text(JsonElement row, string name) => row.GetProperty(name).GetString()!;

    private static Tokenizer Load(bool llama)
    {
        var file = JsonNode.Parse(File.ReadAllBytes(SharedData.Require("data/tokenizers/dolma2/tokenizer.json")))!;
        string[] marks = llama ? ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"] : [];
        foreach (var (i, mark) in marks.Index())
        {
            file["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = 100278 + i, ["content"] = mark, ["special"] = true });
        }

        var config = llama
            ? """{"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"}"""
            : """{"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"}""";
        return Tokenizer.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()), Encoding.UTF8.GetBytes(config));
    }
}
