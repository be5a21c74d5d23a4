namespace Graft.VectorStore.Collecting;

/// <summary>What a collection is to do; see CollectGarbageRequest in vector_store.proto.</summary>
/// <param name="IsDryRun">Tell, and delete nothing.</param>
/// <param name="Grace">What is younger stays.</param>
/// <param name="ForgetResults">Results older than this are forgotten when no name leads to what they made; null for none.</param>
internal sealed record CollectionPlan(bool IsDryRun, TimeSpan Grace, TimeSpan? ForgetResults);

/// <summary>How far a collection is.</summary>
/// <param name="Stage">"marking" or "deleting".</param>
/// <param name="Objects">Objects looked at so far in this stage.</param>
internal sealed record CollectionProgress(string Stage, long Objects)
{
    public const string Marking = "marking";
    public const string Deleting = "deleting";
}

/// <summary>Objects of one kind that were, or would be, deleted.</summary>
internal sealed record CollectedObjects(string Kind, long Objects, long Bytes);
