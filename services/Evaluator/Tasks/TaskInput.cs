using Graft.Evaluator.Prompts;
using Graft.Evaluator.Requests;
using Graft.Modeling.Tokenizers;

namespace Graft.Evaluator.Tasks;

/// <summary>What a task makes its questions of.</summary>
/// <param name="Rows">Of its data, at least one.</param>
/// <param name="FewShot">Examples, where they were given.</param>
/// <param name="Tokenizer">The model's, for what a chat format takes from it.</param>
internal sealed record TaskInput(IReadOnlyList<RequestLine> Rows, FewShotFiles FewShot, Tokenizer Tokenizer);
