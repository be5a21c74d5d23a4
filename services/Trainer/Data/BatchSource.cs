using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Faults;
using Graft.Modeling.Configuration;
using Graft.Modeling.Tokenizers;

namespace Graft.Trainer.Data;

/// <summary>Reads a phase's dataset from the store and lays it out.</summary>
internal static class BatchSource
{
    /// <exception cref="FaultException">Invalid: no dataset, no usable document, or a sequence longer than the model allows.</exception>
    public static async Task<IBatches> OpenAsync(
        StoreClient store, TrainPhase phase, ModelConfig config, Tokenizer tokenizer, ulong seed, CancellationToken cancellationToken)
    {
        if (phase.SequenceLength > config.MaxPositions)
        {
            throw FaultException.Invalid(
                $"The sequence length {phase.SequenceLength} is beyond the model's {config.MaxPositions} positions.", "recipe.phases.sequence_length");
        }

        var dataset = await store.GetArtifactAsync(phase.Dataset.ToString(), cancellationToken);
        if (dataset.Manifest.Kind != ArtifactKind.Dataset)
        {
            throw FaultException.Invalid($"{phase.Dataset} is a {dataset.Manifest.Kind}, not a dataset.", "recipe.phases.dataset");
        }

        List<TokenRow> rows = [];
        foreach (var file in dataset.Manifest.Files.Where(file => file.Path.EndsWith(".jsonl", StringComparison.Ordinal)))
        {
            var bytes = await store.ReadAsync(file.Sha256, file.Size, cancellationToken);
            rows.AddRange(Documents.Read(file.Path, bytes, phase, tokenizer, config.VocabularySize));
        }

        return phase.Layout switch
        {
            DataLayout.Packed => Pack(rows, phase),
            DataLayout.Padded => Pad(rows, phase, seed),
        };
    }

    private static PackedBatches Pack(List<TokenRow> rows, TrainPhase phase)
    {
        int[] tokens = [.. rows.SelectMany(row => row.Tokens)];
        return tokens.Length > phase.SequenceLength
            ? new PackedBatches(tokens, phase.BatchSize, phase.SequenceLength)
            : throw FaultException.Invalid(
                $"The dataset {phase.Dataset} has {tokens.Length} tokens, too few for one sequence of {phase.SequenceLength}.", "recipe.phases.dataset");
    }

    private static PaddedBatches Pad(List<TokenRow> rows, TrainPhase phase, ulong seed)
    {
        // Cut on the right to length + 1 tokens; a row without a target left teaches nothing.
        List<TokenRow> kept = [.. rows
            .Select(row => row.Tokens.Length > phase.SequenceLength + 1 ? row with { Tokens = row.Tokens[..(phase.SequenceLength + 1)] } : row)
            .Where(row => row.Tokens.Length >= 2 && row.LossFrom < row.Tokens.Length)];
        return kept.Count > 0
            ? new PaddedBatches(kept, phase.BatchSize, seed)
            : throw FaultException.Invalid(
                $"The dataset {phase.Dataset} has no row with a target within {phase.SequenceLength} tokens ({rows.Count} rows in all).", "recipe.phases.dataset");
    }
}
