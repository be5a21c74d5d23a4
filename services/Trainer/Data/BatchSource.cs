using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Faults;
using Graft.Modeling.Configuration;
using Graft.Trainer.Datasets;

namespace Graft.Trainer.Data;

/// <summary>The batches of a phase and what was counted when its data was read.</summary>
internal sealed record PhaseData(IBatches Batches, DataReport Report, TokenTable Table) : IDisposable
{
    public void Dispose() => Table.Dispose();
}

/// <summary>Reads a phase's datasets from the store, row by row, and lays them out.</summary>
internal static class BatchSource
{
    /// <exception cref="FaultException">Invalid: no dataset, a row that is none, no usable row, or a sequence longer than the model allows.</exception>
    public static async Task<PhaseData> OpenAsync(
        StoreClient store, TrainPhase phase, ModelConfig config, RowEncoder encoder, ulong seed, CancellationToken cancellationToken)
    {
        if (phase.SequenceLength > config.MaxPositions)
        {
            throw FaultException.Invalid(
                $"The sequence length {phase.SequenceLength} is beyond the model's {config.MaxPositions} positions.", "recipe.phases.sequence_length");
        }

        var table = new TokenTable();
        try
        {
            var report = new DataReport();
            List<(int Rows, double Weight)> counts = [];
            foreach (var (dataset, weight) in phase.Datasets)
            {
                var before = table.Count;
                var own = new DataReport();
                await foreach (var row in StoredDataset.ReadAsync(store, dataset, "recipe.phases.dataset", cancellationToken))
                {
                    Take(row, encoder, config.VocabularySize, own, table);
                }

                report.Add(own);
                counts.Add(table.Count > before ? (table.Count - before, weight) : throw Empty(phase, dataset.ToString(), own));
            }

            return new PhaseData(LayOut(phase, table, new RowOrder(counts, seed)), report, table);
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    private static void Take(DataRow row, RowEncoder encoder, int vocabulary, DataReport report, TokenTable table)
    {
        var whole = encoder.Encode(row);
        var largest = whole.Tokens.Length == 0 ? 0 : whole.Tokens.Max();
        if (largest >= vocabulary)
        {
            throw FaultException.Invalid(
                $"{row.Place} has the token {largest}, and the model's vocabulary ends at {vocabulary - 1}: the tokenizer does not belong to this model.", "recipe.start");
        }

        if (report.Take(whole, encoder.Rules.MaxTokens) is (RowFate.Kept or RowFate.Truncated, var kept))
        {
            table.Add(kept);
        }
    }

    private static IBatches LayOut(TrainPhase phase, TokenTable table, RowOrder order) => phase.Layout switch
    {
        DataLayout.Packed => Pack(phase, new TokenStream(table, order)),
        DataLayout.Padded => new PaddedBatches(table, order, phase.BatchSize),
        DataLayout.PackedRows => new PackedRowBatches(table, order, phase.BatchSize, phase.SequenceLength),
    };

    private static PackedBatches Pack(TrainPhase phase, TokenStream stream) => stream.Tokens > phase.SequenceLength
        ? new PackedBatches(stream, phase.BatchSize, phase.SequenceLength)
        : throw FaultException.Invalid(
            $"The dataset {phase.Dataset} has {stream.Tokens} tokens, too few for one sequence of {phase.SequenceLength}.", "recipe.phases.dataset");

    private static FaultException Empty(TrainPhase phase, string dataset, DataReport report) => FaultException.Invalid(
        report.Rows == 0
            ? $"The dataset {dataset} has no rows."
            : $"The dataset {dataset} has no row with a target within {phase.SequenceLength} tokens ({report}).",
        "recipe.phases.dataset");
}
