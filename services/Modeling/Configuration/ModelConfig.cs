using Graft.Faults;

namespace Graft.Modeling.Configuration;

/// <summary>What a Hugging Face config.json says about a decoder, checked and with its defaults filled in.</summary>
public sealed record ModelConfig
{
    public required ModelArchitecture Architecture { get; init; }

    /// <summary>Rows of the embedding; may exceed the tokenizer's vocabulary.</summary>
    public required int VocabularySize { get; init; }

    public required int HiddenSize { get; init; }

    public required int IntermediateSize { get; init; }

    public required int Layers { get; init; }

    /// <summary>Query heads of a layer.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads of a layer; divides <see cref="Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Width of one head; <see cref="Heads"/> times this need not be <see cref="HiddenSize"/>.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Tokens of context the model is made for.</summary>
    public required int MaxPositions { get; init; }

    public required double RopeTheta { get; init; }

    public Llama3Scaling? RopeScaling { get; init; }

    public required double RmsNormEpsilon { get; init; }

    /// <summary>True when the output head is the embedding, and there is no lm_head.weight.</summary>
    public required bool TieWordEmbeddings { get; init; }

    /// <summary>Tokens that end a text; empty when the config names none.</summary>
    public IReadOnlyList<int> EosIds { get; init; } = [];

    public int? BosId { get; init; }

    public int? PadId { get; init; }

    /// <summary>Tensors of a checkpoint by their Hugging Face names, in ordinal order, with their shapes.</summary>
    public IReadOnlyList<(string Name, long[] Shape)> Parameters => ParameterShapes.Of(this);

    /// <summary>Reads a config.json.</summary>
    /// <exception cref="FaultException">Invalid: no config of a supported model; the message names the field and its value.</exception>
    public static ModelConfig Parse(ReadOnlySpan<byte> configJson) => ConfigReader.Read(configJson);
}
