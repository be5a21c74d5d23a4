using Graft.Faults;

namespace Graft.Modeling.Tokenizers;

/// <summary>One token a word.</summary>
internal sealed class WordLevelModel : TokenModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly int? _unknown;

    /// <param name="vocabulary">Words and their ids.</param>
    /// <param name="unknownToken">Stands for words outside the vocabulary; when it is not in it either, they are refused.</param>
    public WordLevelModel(Dictionary<string, int> vocabulary, string? unknownToken)
        : base(vocabulary)
    {
        _ids = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _unknown = unknownToken is not null && vocabulary.TryGetValue(unknownToken, out var id) ? id : null;
    }

    public override void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (!_ids.TryGetValue(piece, out var id))
        {
            id = _unknown
                ?? throw FaultException.Invalid($"The word '{piece}' is not in the tokenizer's vocabulary, which has no unknown token.");
        }

        ids.Add(id);
    }
}
