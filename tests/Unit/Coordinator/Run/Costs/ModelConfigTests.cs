using System.Text;
using Graft.Coordinator.Run.Costs;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Run.Costs;

public class ModelConfigTests
{
    // The published counts of weights, which the norms are a part of.
    [Theory]
    [InlineData("""{"hidden_size": 4096, "intermediate_size": 11008, "num_attention_heads": 32, "num_key_value_heads": 32, "num_hidden_layers": 32, "vocab_size": 100352, "tie_word_embeddings": false}""", 7_298_618_368)]
    [InlineData("""{"hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8, "num_hidden_layers": 32, "vocab_size": 128256}""", 8_030_261_248)]
    [InlineData("""{"hidden_size": 2048, "intermediate_size": 8192, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 64, "num_hidden_layers": 16, "vocab_size": 128256, "tie_word_embeddings": true}""", 1_235_814_400)]
    public void Parameters_of_published_models_within_a_thousandth(string config, long published)
    {
        var counted = ModelConfig.CountParameters(Encoding.UTF8.GetBytes(config));

        Assert.InRange((double)counted!.Value / published, 0.999, 1);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("no json")]
    [InlineData("""{"hidden_size": "wide"}""")]
    public void What_does_not_say_is_not_guessed(string config) => Assert.Null(ModelConfig.CountParameters(Encoding.UTF8.GetBytes(config)));
}
