using System.Runtime.InteropServices;
using System.Text;
using Graft.Modeling.Tokenizers;

namespace Graft.Evaluator.Scoring;

/// <summary>When a generated text has ended: at an end token, or once a stop string is in it.</summary>
/// <param name="tokenizer">Makes text of tokens.</param>
/// <param name="endIds">Tokens that end a text and are no part of it.</param>
/// <param name="stop">Strings that end a text.</param>
internal sealed class EndRule(Tokenizer tokenizer, IReadOnlySet<int> endIds, IReadOnlyList<string> stop)
{
    // A token is at least one byte, so a stop string that the newest token completes begins among so many of the last ones.
    private readonly int _window = stop.Count == 0 ? 0 : stop.Max(Encoding.UTF8.GetByteCount);

    /// <summary>Whether the token ends the text and is no part of it.</summary>
    public bool IsEnd(int token) => endIds.Contains(token);

    /// <summary>Whether the newest token, the last one, completed a stop string. What it is cut to is decided by the whole text.</summary>
    public bool IsStopped(List<int> tokens)
    {
        if (_window == 0)
        {
            return false;
        }

        var last = CollectionsMarshal.AsSpan(tokens)[Math.Max(0, tokens.Count - _window)..];
        var text = tokenizer.Decode(last);
        return stop.Any(item => text.Contains(item, StringComparison.Ordinal));
    }
}
