namespace Graft.VectorStore.Collecting;

/// <summary>
/// Where garbage collection is: the object gc/state, which everybody who refers to objects looks at (see
/// <see cref="Holds"/>), and which lets one collection run at a time.
/// </summary>
/// <param name="Generation">Rises by one with every batch of deletions that begins, over all collections.</param>
/// <param name="Owner">The collection that runs; empty for none.</param>
/// <param name="Until">When its claim ends unless it renews it: a collection that was killed must not stand in the way for ever.</param>
/// <param name="Keys">What is being deleted; empty between batches.</param>
internal sealed record CollectionState(long Generation, string Owner, DateTimeOffset Until, IReadOnlyList<string> Keys)
{
    public static readonly CollectionState Initial = new(0, "", DateTimeOffset.MinValue, []);

    /// <summary>What may vanish at this moment.</summary>
    public Condemned CondemnedAt(DateTimeOffset now) => Keys.Count == 0 || now > Until ? Condemned.None : new Condemned(Keys);
}
