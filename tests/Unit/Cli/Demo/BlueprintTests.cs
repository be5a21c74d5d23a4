using System.Text.Json;
using Graft.Cli.Demo;
using Xunit;

namespace Graft.Tests.Unit.Cli.Demo;

public sealed class BlueprintTests
{
    [Fact]
    public void The_config_is_a_tiny_OLMo_2()
    {
        var config = Read("config.json");

        Assert.Equal("olmo2", config.GetProperty("model_type").GetString());
        Assert.Equal(268, config.GetProperty("vocab_size").GetInt32());
        Assert.Equal(64, config.GetProperty("hidden_size").GetInt32());
        Assert.Equal(1e-6, config.GetProperty("rms_norm_eps").GetDouble());
        Assert.Equal("10000.0", config.GetProperty("rope_parameters").GetProperty("rope_theta").GetRawText());
    }

    [Fact]
    public void The_tokenizer_has_every_word_and_its_special_tokens()
    {
        var tokenizer = Read("tokenizer.json");
        var vocabulary = tokenizer.GetProperty("model").GetProperty("vocab");

        Assert.Equal(Enumerable.Range(0, 268), vocabulary.EnumerateObject().Select(word => word.Value.GetInt32()));
        Assert.Equal(
            ["0 <pad>", "1 <eos>", "2 <|user|>", "3 <|assistant|>"],
            tokenizer.GetProperty("added_tokens").EnumerateArray().Select(token => $"{token.GetProperty("id")} {token.GetProperty("content")}"));
        Assert.False(vocabulary.TryGetProperty(tokenizer.GetProperty("model").GetProperty("unk_token").GetString()!, out _));
        Assert.Equal("<eos>", Read("tokenizer_config.json").GetProperty("bos_token").GetString());
    }

    private static JsonElement Read(string path) => JsonElement.Parse(Blueprint.Files.Single(file => file.Path == path).Bytes);
}
