using System.Text.RegularExpressions;

namespace Graft.Modeling.Tokenizers;

/// <summary>
/// Cuts a text into the pieces that are tokenized one by one. Offsets are UTF-16 units; every character is one (<see cref="PlainText"/>).
/// </summary>
internal abstract class PreTokenizer
{
    /// <summary>Adds the non-empty pieces of <paramref name="text"/> in their order; whatever they do not cover is dropped.</summary>
    public abstract void Split(ReadOnlySpan<char> text, List<(int Start, int Length)> pieces);
}

/// <summary>The text as it is.</summary>
internal sealed class WholeText : PreTokenizer
{
    public override void Split(ReadOnlySpan<char> text, List<(int Start, int Length)> pieces)
    {
        if (text.Length > 0)
        {
            pieces.Add((0, text.Length));
        }
    }
}

/// <summary>Words between white space, which is dropped.</summary>
internal sealed class WhitespaceSplit : PreTokenizer
{
    public override void Split(ReadOnlySpan<char> text, List<(int Start, int Length)> pieces)
    {
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && !char.IsWhiteSpace(text[i]))
            {
                continue;
            }

            if (i > start)
            {
                pieces.Add((start, i - start));
            }

            start = i + 1;
        }
    }
}

/// <summary>Matches of a regular expression and the gaps between them, either of which may be dropped.</summary>
internal sealed class RegexSplit(Regex regex, bool keepMatches, bool keepGaps) : PreTokenizer
{
    public override void Split(ReadOnlySpan<char> text, List<(int Start, int Length)> pieces)
    {
        var end = 0;
        foreach (var match in regex.EnumerateMatches(text))
        {
            Add(pieces, end, match.Index - end, keepGaps);
            Add(pieces, match.Index, match.Length, keepMatches);
            end = match.Index + match.Length;
        }

        Add(pieces, end, text.Length - end, keepGaps);
    }

    private static void Add(List<(int Start, int Length)> pieces, int start, int length, bool keep)
    {
        if (keep && length > 0)
        {
            pieces.Add((start, length));
        }
    }
}

/// <summary>Each step cuts the pieces of the one before.</summary>
internal sealed class SplitSequence(IReadOnlyList<PreTokenizer> steps) : PreTokenizer
{
    public override void Split(ReadOnlySpan<char> text, List<(int Start, int Length)> pieces)
    {
        var current = new List<(int Start, int Length)>();
        steps[0].Split(text, current);
        foreach (var step in steps.Skip(1))
        {
            var next = new List<(int Start, int Length)>();
            foreach (var (start, length) in current)
            {
                var first = next.Count;
                step.Split(text.Slice(start, length), next);
                for (var i = first; i < next.Count; i++)
                {
                    next[i] = (next[i].Start + start, next[i].Length);
                }
            }

            current = next;
        }

        pieces.AddRange(current);
    }
}
