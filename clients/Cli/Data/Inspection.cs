using Graft.Modeling.Tokenizers;
using Graft.Trainer.Data;
using Graft.Trainer.Datasets;

namespace Graft.Cli.Data;

/// <summary>A stretch of a row whose tokens all count in the loss, or all do not.</summary>
internal sealed record Stretch(string Text, bool Counts);

/// <summary>A row as training sees it.</summary>
/// <param name="Place">Where it is.</param>
/// <param name="Fate">What becomes of it.</param>
/// <param name="Tokens">Tokens, before any cut.</param>
/// <param name="Kept">Tokens after the cut.</param>
/// <param name="Targets">Those of them that count in the loss.</param>
/// <param name="Stretches">The text of what is kept.</param>
internal sealed record Sample(string Place, RowFate Fate, int Tokens, int Kept, int Targets, IReadOnlyList<Stretch> Stretches);

/// <summary>What training would make of a dataset.</summary>
internal sealed class Inspection
{
    private readonly List<int> _lengths = [];
    private readonly Dictionary<RowFate, string> _firsts = [];
    private readonly List<Sample> _samples = [];

    public DataReport Report { get; } = new();

    public IReadOnlyList<Sample> Samples => _samples;

    /// <summary>Tokens of each row before any cut.</summary>
    public IReadOnlyList<int> Lengths => _lengths;

    /// <summary>Where the first row of each fate is.</summary>
    public IReadOnlyDictionary<RowFate, string> Firsts => _firsts;

    /// <param name="rows">The dataset.</param>
    /// <param name="encoder">Makes tokens of them.</param>
    /// <param name="tokenizer">The encoder's.</param>
    /// <param name="samples">Rows that are kept to be shown, from the first on.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Inspection> RunAsync(
        IAsyncEnumerable<DataRow> rows, RowEncoder encoder, Tokenizer tokenizer, int samples, CancellationToken cancellationToken)
    {
        var inspection = new Inspection();
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            var whole = encoder.Encode(row);
            var (fate, kept) = inspection.Report.Take(whole, encoder.Rules.MaxTokens);
            inspection._lengths.Add(whole.Tokens.Length);
            inspection._firsts.TryAdd(fate, row.Place.ToString());
            if (inspection._samples.Count < samples)
            {
                inspection._samples.Add(new Sample(
                    row.Place.ToString(), fate, whole.Tokens.Length, kept.Tokens.Length, kept.Targets, [.. Stretches(kept, tokenizer)]));
            }
        }

        return inspection;
    }

    private static IEnumerable<Stretch> Stretches(TokenRow row, Tokenizer tokenizer)
    {
        for (var begin = 0; begin < row.Tokens.Length;)
        {
            var counts = row.IsTarget[begin];
            var length = row.IsTarget.AsSpan(begin).IndexOf(!counts);
            var end = length < 0 ? row.Tokens.Length : begin + length;
            yield return new Stretch(tokenizer.Decode(row.Tokens.AsSpan(begin, end - begin)), counts);
            begin = end;
        }
    }
}
