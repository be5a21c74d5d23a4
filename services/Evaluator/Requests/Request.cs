namespace Graft.Evaluator.Requests;

/// <summary>One choice of a document: how likely is the continuation after the context?</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Document">Number of the document ("doc_id").</param>
/// <param name="Choice">Number of the choice in its document, from 0.</param>
/// <param name="Context">What the model has read.</param>
/// <param name="Continuation">What is scored; not empty.</param>
/// <param name="Gold">Number of the right choice.</param>
internal sealed record LogLikelihoodRequest(Place Place, long Document, int Choice, string Context, string Continuation, int Gold);

/// <summary>A prompt to be continued, and the answer that is right.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Prompt">What the model reads, special tokens written out.</param>
/// <param name="Answer">The answer, alone or in a text from which it is extracted as from the model's.</param>
internal sealed record GenerationRequest(Place Place, string Prompt, string Answer);
