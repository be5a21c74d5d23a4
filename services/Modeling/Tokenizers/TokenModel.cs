namespace Graft.Modeling.Tokenizers;

/// <summary>Turns a piece of text into tokens of a vocabulary. Safe for several threads.</summary>
internal abstract class TokenModel(IReadOnlyDictionary<string, int> vocabulary)
{
    public IReadOnlyDictionary<string, int> Vocabulary { get; } = vocabulary;

    /// <summary>Adds the ids of a non-empty piece.</summary>
    public abstract void Encode(ReadOnlySpan<char> piece, List<int> ids);
}
