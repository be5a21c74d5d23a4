namespace Graft.Modeling.Tokenizers;

/// <summary>What a tokenizer is made of, as its files say.</summary>
/// <param name="Added">Tokens that are looked for in the text as it is.</param>
/// <param name="PrefixSpace">A text that does not begin with a space gets one.</param>
/// <param name="PreTokenizer">Cuts the text.</param>
/// <param name="Model">Turns pieces into ids.</param>
/// <param name="DecodesBytes">True when tokens are bytes in the <see cref="ByteAlphabet"/>; false when they are words to be joined by spaces.</param>
/// <param name="BosId">The token that begins a text.</param>
/// <param name="EosId">The token that ends a text.</param>
/// <param name="PadId">The token that fills up a batch.</param>
internal sealed record TokenizerParts(
    IReadOnlyList<AddedToken> Added, bool PrefixSpace, PreTokenizer PreTokenizer, TokenModel Model, bool DecodesBytes, int? BosId, int? EosId, int? PadId)
{
    public IReadOnlyList<AddedTokens> AddedPasses { get; } =
        [.. Added.GroupBy(token => token.Normalized).OrderBy(pass => pass.Key).Select(pass => new AddedTokens(pass))];
}
