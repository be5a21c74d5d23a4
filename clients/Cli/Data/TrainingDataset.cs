using Graft.Artifacts;
using Graft.Cli.Imports;
using Graft.Client;
using Graft.Faults;
using Graft.Trainer.Datasets;

namespace Graft.Cli.Data;

/// <summary>A dataset to train on.</summary>
/// <param name="Digest">In the store.</param>
/// <param name="Form">What its rows hold.</param>
/// <param name="Weight">Its weight in a mixture.</param>
internal sealed record TrainingDataset(Digest Digest, RowForm Form, double Weight)
{
    /// <exception cref="FaultException">NotFound: neither a file nor a name; Invalid: no dataset, or one whose first row is none.</exception>
    public static async Task<TrainingDataset> FindAsync(StoreClient store, DataReference reference, CancellationToken cancellationToken)
    {
        var info = await Datasets.FindAsync(store, reference.Name, cancellationToken);
        var rows = Path.Exists(reference.Name)
            ? LocalRows.ReadAsync(reference.Name, cancellationToken)
            : StoredDataset.ReadAsync(store, info.Digest, "recipe.phases.dataset", cancellationToken);
        await foreach (var row in rows)
        {
            return new TrainingDataset(info.Digest, FormOf(row), reference.Weight);
        }

        throw FaultException.Invalid($"The dataset {reference.Name} has no rows.");
    }

    internal static RowForm FormOf(DataRow row) => row switch
    {
        ConversationRow => RowForm.Conversation,
        CompletionRow => RowForm.Completion,
        _ => RowForm.Text,
    };
}
