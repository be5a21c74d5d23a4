using System.Text;
using System.Text.Json;
using Graft.Faults;
using Graft.Modeling.Chat;
using Xunit;

namespace Graft.Tests.Unit.Modeling.Chat;

/// <summary>The templates, against what a Jinja implementation (@huggingface/jinja 0.5.11) makes of their published sources.</summary>
public sealed class ChatTemplateTests
{
    private const string TuluSource =
        "{% for message in messages %}{% if message['role'] == 'system' %}{{ '<|system|>\n' + message['content'] + '\n' }}"
        + "{% elif message['role'] == 'user' %}{{ '<|user|>\n' + message['content'] + '\n' }}{% elif message['role'] == 'assistant' %}"
        + "{% if not loop.last %}{{ '<|assistant|>\n'  + message['content'] + eos_token + '\n' }}{% else %}"
        + "{{ '<|assistant|>\n'  + message['content'] + eos_token }}{% endif %}{% endif %}"
        + "{% if loop.last and add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}{% endfor %}";

    private const string Llama3Source =
        "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + "
        + "'<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}"
        + "{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}";

    private static readonly ChatMessage[] _conversation =
    [
        new("system", "Be brief."), new("user", " Hi! \n"), new("assistant", "\nHello.\t"), new("user", "1+1?"), new("assistant", "2"),
    ];

    [Theory]
    [InlineData(
        "tulu",
        "<|system|>\nBe brief.\n<|user|>\n Hi! \n\n<|assistant|>\n\nHello.\t<|endoftext|>\n<|user|>\n1+1?\n<|assistant|>\n2<|endoftext|>",
        "<|assistant|>\n")]
    [InlineData(
        "olmo2",
        "<|endoftext|><|system|>\nBe brief.\n<|user|>\n Hi! \n\n<|assistant|>\n\nHello.\t<|endoftext|>\n<|user|>\n1+1?\n<|assistant|>\n2<|endoftext|>",
        "<|assistant|>\n")]
    [InlineData(
        "llama3",
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi!<|eot_id|>"
        + "<|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n1+1?<|eot_id|>"
        + "<|start_header_id|>assistant<|end_header_id|>\n\n2<|eot_id|>",
        "<|start_header_id|>assistant<|end_header_id|>\n\n")]
    public void A_conversation_is_written_to_the_byte(string name, string text, string prompt)
    {
        var template = ChatTemplates.Find(name);
        var ends = name == "llama3" ? new EndTokens("<|begin_of_text|>", "<|eot_id|>") : new EndTokens("<|endoftext|>", "<|endoftext|>");

        Assert.Equal(text, template.Render(_conversation, ends, addGenerationPrompt: false));
        Assert.Equal(text + prompt, template.Render(_conversation, ends, addGenerationPrompt: true));
        Assert.Equal(name != "tulu", template.HasBos);
    }

    [Fact]
    public void Llama_strips_what_Python_calls_white_space() => Assert.EndsWith(
        "\n\na\u200b<|eot_id|>",
        ChatTemplates.Find("llama3").Render([new("user", "\u00a0\u001c\u2028a\u200b\u0085 ")], new EndTokens("b", null), addGenerationPrompt: false));

    [Theory]
    [InlineData("tulu")]
    [InlineData("llama3")]
    public void A_role_that_is_unknown_is_refused(string name)
    {
        var fault = Assert.Throws<FaultException>(
            () => ChatTemplates.Find(name).Render([new("user", "a"), new("tool", "b")], new EndTokens("b", "e"), addGenerationPrompt: false));

        Assert.Equal("messages[1].role is 'tool'; system, user and assistant are possible.", fault.Message);
    }

    [Theory]
    [InlineData("tulu", "eos_token")]
    [InlineData("olmo2", "bos_token")]
    [InlineData("llama3", "bos_token")]
    public void A_token_the_tokenizer_lacks_is_named(string name, string missing) => Assert.Contains(
        missing,
        Assert.Throws<FaultException>(() => ChatTemplates.Find(name).Render([new("assistant", "a")], new EndTokens(null, null), false)).Message,
        StringComparison.Ordinal);

    public static TheoryData<string, string> Sources => new()
    {
        { TuluSource, "tulu" },
        { "{{ bos_token }}" + TuluSource, "olmo2" },
        { Llama3Source, "llama3" },
        // Spellings that mean the same: line ends escaped, tags on lines of their own, other spaces.
        { TuluSource.Replace("\n", "\\n"), "tulu" },
        { TuluSource.Replace("%}", "%}\n").Replace("\n{%", "\n    {%"), "tulu" },
        { Llama3Source.Replace("{% ", "{%").Replace(" + ", "+"), "llama3" },
    };

    [Theory]
    [MemberData(nameof(Sources), DisableDiscoveryEnumeration = true)]
    public void A_source_is_recognised_in_either_file(string source, string name)
    {
        Assert.Equal(name, ChatTemplates.Recognize(Config(source), [])?.Name);
        Assert.Equal(name, ChatTemplates.Recognize("""{"chat_template": "other"}"""u8, Encoding.UTF8.GetBytes(source))?.Name);
        var named = new[] { new { name = "tool_use", template = "x" }, new { name = "default", template = source } };
        Assert.Equal(name, ChatTemplates.Recognize(Config(named), [])?.Name);
    }

    // White space outside of tags, another order of tokens, a missing end: each makes another text.
    [Theory]
    [InlineData("{{ bos_token }} ")]
    [InlineData("{{ eos_token }}")]
    [InlineData("x")]
    public void A_source_that_writes_something_else_is_not(string before)
    {
        var fault = Assert.Throws<FaultException>(() => ChatTemplates.Recognize(Config(before + TuluSource), []));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Contains("tokenizer_config.json", fault.Message, StringComparison.Ordinal);
        Assert.Contains($"\"{before}{{%", fault.Message, StringComparison.Ordinal);
        Assert.Contains("tulu, olmo2, llama3", fault.Message, StringComparison.Ordinal);
        Assert.Contains("--template tulu", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_template_is_none()
    {
        Assert.Null(ChatTemplates.Recognize([], []));
        Assert.Null(ChatTemplates.Recognize("""{"bos_token": "a"}"""u8, []));
        Assert.Null(ChatTemplates.Recognize("""{"chat_template": []}"""u8, []));
        Assert.Null(ChatTemplates.Recognize("""{"chat_template": null}"""u8, []));
    }

    [Fact]
    public void A_name_that_is_unknown_is_refused_with_those_there_are() => Assert.Contains(
        "tulu, olmo2, llama3", Assert.Throws<FaultException>(() => ChatTemplates.Find("chatml")).Message, StringComparison.Ordinal);

    private static byte[] Config(object template) => JsonSerializer.SerializeToUtf8Bytes(new { chat_template = template });
}
