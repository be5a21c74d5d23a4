using System.Text;
using Graft.Faults;

namespace Graft.Modeling.Tokenizers;

/// <summary>A Hugging Face tokenizer.json: byte-level BPE or WordLevel, with added tokens. Safe for several threads.</summary>
public sealed class Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly string?[] _tokens;
    private readonly byte[]?[] _bytes;

    internal Tokenizer(TokenizerParts parts)
    {
        _parts = parts;
        _tokens = new string?[VocabularySizeOf(parts)];
        foreach (var (token, id) in parts.Model.Vocabulary)
        {
            _tokens[id] = token;
        }

        foreach (var token in parts.Added)
        {
            _tokens[token.Id] = token.Content;
        }

        _bytes = Array.ConvertAll(_tokens, token => token is null ? null : ByteAlphabet.ToBytes(token));
    }

    /// <summary>One more than the highest id, added tokens included.</summary>
    public int VocabularySize => _tokens.Length;

    /// <summary>The token that begins a text; null when tokenizer_config.json names none.</summary>
    public int? BosId => _parts.BosId;

    /// <summary>The token that ends a text; null when tokenizer_config.json names none.</summary>
    public int? EosId => _parts.EosId;

    public int? PadId => _parts.PadId;

    /// <param name="tokenizerJson">The file tokenizer.json.</param>
    /// <param name="tokenizerConfigJson">The file tokenizer_config.json, which names the special tokens; may be empty.</param>
    /// <exception cref="FaultException">Invalid: malformed, or a component that is not supported; the message names it.</exception>
    public static Tokenizer Parse(ReadOnlySpan<byte> tokenizerJson, ReadOnlySpan<byte> tokenizerConfigJson) =>
        new(TokenizerReader.Read(tokenizerJson, tokenizerConfigJson));

    /// <summary>
    /// The text's ids. Nothing is put before or after, cut off or filled up, whatever the file says; added tokens in the text are found.
    /// </summary>
    /// <exception cref="FaultException">Invalid: a word (or byte) outside the vocabulary, where there is no unknown token.</exception>
    public int[] Encode(string text)
    {
        var ids = new List<int>((text.Length / 3) + 1);
        EncodeAround(text, 0, ids);
        return [.. ids];
    }

    /// <summary>A token as the files write it: an added token's text, or bytes in GPT-2's alphabet; null when the id is no token.</summary>
    public string? TokenOf(int id) => IsToken(id) ? _tokens[id] : null;

    /// <summary>
    /// The text of ids, special tokens included. Ids that are no token (padding rows of an embedding) give nothing; bytes that are no UTF-8
    /// give U+FFFD.
    /// </summary>
    public string Decode(ReadOnlySpan<int> ids)
    {
        if (!_parts.DecodesBytes)
        {
            return string.Join(' ', ids.ToArray().Where(IsToken).Select(id => _tokens[id]));
        }

        using var bytes = new MemoryStream(ids.Length * 4);
        foreach (var id in ids)
        {
            bytes.Write(IsToken(id) ? _bytes[id] : []);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private bool IsToken(int id) => id >= 0 && id < _tokens.Length && _tokens[id] is not null;

    /// <summary>Cuts the text at the added tokens of a pass, and what lies between at those of the next.</summary>
    private void EncodeAround(ReadOnlySpan<char> text, int pass, List<int> ids)
    {
        if (pass == _parts.AddedPasses.Count)
        {
            EncodePlain(text, ids);
            return;
        }

        var (at, from) = (0, 0);
        while (_parts.AddedPasses[pass].Next(text, from, at) is { } match)
        {
            EncodeAround(text[at..Math.Max(at, match.Start)], pass + 1, ids);
            ids.Add(match.Id);
            (at, from) = (match.End, match.Next);
        }

        EncodeAround(text[at..], pass + 1, ids);
    }

    private void EncodePlain(ReadOnlySpan<char> text, List<int> ids)
    {
        if (text.IsEmpty)
        {
            return;
        }

        if (_parts.PrefixSpace && text[0] != ' ')
        {
            text = string.Concat(" ", text);
        }

        if (_parts.PreTokenizer is PieceScanner scanner)
        {
            Encode(text, scanner, ids);
            return;
        }

        var plain = PlainText.Of(text);
        var pieces = new List<(int Start, int Length)>();
        _parts.PreTokenizer.Split(plain.Units, pieces);
        foreach (var piece in pieces)
        {
            var (start, length) = plain.Original(piece.Start, piece.Length);
            _parts.Model.Encode(text.Slice(start, length), ids);
        }
    }

    private void Encode(ReadOnlySpan<char> text, PieceScanner scanner, List<int> ids)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = scanner.End(text, start);
            _parts.Model.Encode(text[start..end], ids);
            start = end;
        }
    }

    private static int VocabularySizeOf(TokenizerParts parts) =>
        parts.Model.Vocabulary.Values.Concat(parts.Added.Select(token => token.Id)).Append(-1).Max() + 1;
}
