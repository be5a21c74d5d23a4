using Graft.Artifacts.Recipes;
using Graft.Modeling.Chat;

namespace Graft.Trainer.Data;

/// <summary>How rows become tokens; what a recipe says, with the template found.</summary>
/// <param name="Mask">Which tokens count in the loss.</param>
/// <param name="AddBos">Put the beginning token before each document, and before a conversation whose template has none.</param>
/// <param name="AddEos">Put the end token behind each document; a template says itself where it goes.</param>
/// <param name="MaxTokens">Longest row, the rest of which is cut off on the right; null when rows are neither cut nor dropped.</param>
/// <param name="Template">Asked for by name: writes conversations, and makes conversations of prompts with completions. Null for neither.</param>
internal sealed record EncodingRules(LossMask Mask, bool AddBos, bool AddEos, int? MaxTokens, ChatTemplate? Template)
{
    /// <summary>
    /// The rules of a phase. A row has one token more than a sequence has positions, the last target; a stream that is cut anywhere takes
    /// every token.
    /// </summary>
    /// <exception cref="Graft.Faults.FaultException">Invalid: no such template.</exception>
    public static EncodingRules Of(TrainPhase phase) => new(
        phase.Mask,
        phase.AddBos,
        phase.AddEos,
        phase.Layout == DataLayout.Packed ? null : phase.SequenceLength + 1,
        phase.Template is { } name ? ChatTemplates.Find(name, "recipe.phases.template") : null);
}
