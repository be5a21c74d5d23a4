using Graft.Evaluator.Loading;
using Graft.Evaluator.Requests;
using Graft.Evaluator.Tasks;
using Graft.Faults;

namespace Graft.Evaluator.Tokenized;

/// <summary>
/// Questions as a model's tokens. But for the beginning token, where it is wanted, nothing is added: what a prompt begins with otherwise
/// stands in its text.
/// </summary>
/// <param name="checkpoint">Says which tokens and how many.</param>
/// <param name="maxLength">Longest sequence; a longer context is cut on the left. 0: nothing is cut, what is longer is an error.</param>
/// <param name="addBos">Whether sequences begin with the tokenizer's beginning token, which is cut like any other.</param>
internal sealed class QuestionEncoder(CheckpointHeader checkpoint, int maxLength, bool addBos)
{
    // The last tokens of a text may change with what follows it.
    private const int Margin = 4;

    private readonly int[] _begin = !addBos
        ? []
        : checkpoint.Tokenizer.BosId is { } bos
            ? [bos]
            : throw FaultException.Invalid("The checkpoint's tokenizer names no beginning token, and the recipe wants one before each sequence.", "recipe.add_bos");

    // Choices of a question share their context.
    private (string Text, int Tokens) _lastContext = ("", 0);

    private int Window => maxLength > 0 ? Math.Min(maxLength, checkpoint.Config.MaxPositions) : checkpoint.Config.MaxPositions;

    /// <summary>The tokens all sequences begin with that begin with a text; few enough that no text behind it changes them.</summary>
    public int[] Prefix(string shared) => shared.Length == 0 ? [] : Tokens(shared) is var ids && ids.Length > 2 * Margin ? ids[..^Margin] : [];

    /// <exception cref="FaultException">Invalid: the context is empty, the request too long, or has tokens the model does not know.</exception>
    public EncodedContinuation Encode(Continuation continuation, Place place)
    {
        var ids = Tokens(continuation.Context + continuation.Text);
        if (_lastContext.Text != continuation.Context)
        {
            _lastContext = (continuation.Context, Tokens(continuation.Context).Length);
        }

        var context = _lastContext.Tokens;
        if (context == 0)
        {
            throw Invalid(place, "has an empty context; put the token the model begins texts with into it");
        }

        if (ids.Length <= context)
        {
            throw Invalid(place, "has a continuation that adds no token to its context; move the boundary between the two");
        }

        CheckVocabulary(ids, place);
        var excess = ids.Length - 1 - Window;
        if (excess > 0 && (maxLength == 0 || excess >= context))
        {
            throw maxLength == 0
                ? TooLong(place, ids.Length, "")
                : Invalid(place, $"has a continuation of {ids.Length - context} tokens, which leaves no room for any context in {Window} positions");
        }

        return excess > 0 ? new EncodedContinuation(ids[excess..], context - excess, IsCut: true) : new EncodedContinuation(ids, context);
    }

    /// <exception cref="FaultException">Invalid: the prompt is empty, too long, or has tokens the model does not know.</exception>
    public EncodedPrompt Encode(string prompt, int maxNewTokens, Place place)
    {
        var ids = Tokens(prompt);
        if (ids.Length == 0)
        {
            throw Invalid(place, "has an empty prompt; put the token the model begins texts with into it");
        }

        CheckVocabulary(ids, place);
        var excess = ids.Length + (long)maxNewTokens - Window;
        if (excess > 0 && (maxLength == 0 || excess >= ids.Length))
        {
            throw maxLength == 0
                ? TooLong(place, ids.Length, $" with up to {maxNewTokens} new ones")
                : Invalid(place, $"cannot be asked: up to {maxNewTokens} new tokens leave no room for a prompt in {Window} positions");
        }

        return excess > 0 ? new EncodedPrompt(ids[(int)excess..], IsCut: true) : new EncodedPrompt(ids);
    }

    private int[] Tokens(string text) => [.. _begin, .. checkpoint.Tokenizer.Encode(text)];

    private void CheckVocabulary(int[] ids, Place place)
    {
        if (ids.Max() is var largest && largest >= checkpoint.Config.VocabularySize)
        {
            throw Invalid(
                place,
                $"has the token {largest}, and the model's vocabulary ends at {checkpoint.Config.VocabularySize - 1}: the tokenizer does not belong to this model");
        }
    }

    private FaultException TooLong(Place place, int tokens, string with) =>
        Invalid(place, $"has {tokens} tokens{with}, too long for the model's {Window} positions");

    private static FaultException Invalid(Place place, string what) => FaultException.Invalid($"{place} {what}.", RequestLine.Field);
}
