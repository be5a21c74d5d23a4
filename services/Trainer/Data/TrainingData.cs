using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Faults;
using Graft.Modeling.Chat;
using Graft.Modeling.Configuration;
using Graft.Modeling.Tokenizers;

namespace Graft.Trainer.Data;

/// <summary>The data of all phases of a recipe.</summary>
internal sealed class TrainingData : IDisposable
{
    private readonly List<PhaseData> _phases = [];

    private TrainingData()
    {
    }

    /// <summary>Batches of each phase.</summary>
    public IReadOnlyList<IBatches> Batches => [.. _phases.Select(phase => phase.Batches)];

    /// <summary>What became of the rows, in each phase.</summary>
    public IReadOnlyList<DataReport> Reports => [.. _phases.Select(phase => phase.Report)];

    /// <summary>The same over all phases, for those who watch the job.</summary>
    public (string Name, double Value)[] Metrics
    {
        get
        {
            var all = new DataReport();
            _phases.ForEach(phase => all.Add(phase.Report));
            return
            [
                ("data_rows", all.Kept),
                ("data_rows_truncated", all[RowFate.Truncated]),
                ("data_rows_dropped", all.Dropped),
                ("data_tokens", all.Tokens),
                ("data_target_tokens", all.Targets),
            ];
        }
    }

    /// <param name="store">Where the datasets are.</param>
    /// <param name="recipe">What is asked for.</param>
    /// <param name="config">The model's.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="ownTemplate">Finds the chat template in the tokenizer's files; called when it is needed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">Invalid: see <see cref="BatchSource"/>.</exception>
    public static async Task<TrainingData> OpenAsync(
        StoreClient store, TrainRecipe recipe, ModelConfig config, Tokenizer tokenizer, Func<ChatTemplate?> ownTemplate, CancellationToken cancellationToken)
    {
        var data = new TrainingData();
        try
        {
            foreach (var phase in recipe.Phases)
            {
                var encoder = new RowEncoder(EncodingRules.Of(phase), tokenizer, ownTemplate);
                data._phases.Add(await BatchSource.OpenAsync(store, phase, config, encoder, recipe.Seed, cancellationToken));
            }

            return data;
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    public void Dispose() => _phases.ForEach(phase => phase.Dispose());
}
