namespace Graft.Trainer.Data;

/// <summary>A row as tokens.</summary>
/// <param name="Tokens">Ids.</param>
/// <param name="IsTarget">Which of them count in the loss; the first never does, nothing precedes it.</param>
internal sealed record TokenRow(int[] Tokens, bool[] IsTarget)
{
    /// <summary>Tokens that count in the loss.</summary>
    public int Targets => IsTarget.Length == 0 ? 0 : IsTarget.AsSpan(1).Count(true);

    /// <summary>The same row, no longer than <paramref name="length"/> tokens.</summary>
    public TokenRow Cut(int length) => Tokens.Length <= length ? this : new TokenRow(Tokens[..length], IsTarget[..length]);
}
