namespace Graft.Modeling.Tokenizers;

/// <summary>What a tokenizer is made of, as its files say.</summary>
/// <param name="Added">Tokens that are looked for in the text as it is.</param>
/// <param name="PrefixSpace">A text that does not begin with a space gets one.</param>
/// <param name="PreTokenizer">Cuts the text.</param>
/// <param name="Model">Turns pieces into ids.</param>
/// <param name="DecodesBytes">True when tokens are bytes in the <see cref="ByteAlphabet"/>; false when they are joined by spaces.</param>
internal sealed record TokenizerParts(
    IReadOnlyList<AddedToken> Added, bool PrefixSpace, PreTokenizer PreTokenizer, TokenModel Model, bool DecodesBytes)
{
    public int? BosId { get; init; }

    public int? EosId { get; init; }

    public int? PadId { get; init; }

    /// <summary>Added tokens by the pass in which they are looked for.</summary>
    public IReadOnlyList<AddedTokens> AddedPasses { get; } =
        [.. Added.GroupBy(token => token.Normalized).OrderBy(pass => pass.Key).Select(pass => new AddedTokens(pass))];
}
