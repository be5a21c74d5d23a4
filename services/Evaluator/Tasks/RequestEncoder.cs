using Graft.Evaluator.Loading;
using Graft.Evaluator.Requests;
using Graft.Evaluator.Scoring;
using Graft.Faults;

namespace Graft.Evaluator.Tasks;

/// <summary>Requests as a model's tokens. No token is added: what a prompt begins with (a bos token, say) stands in its text.</summary>
internal sealed class RequestEncoder(CheckpointHeader checkpoint)
{
    // Choices of a document share their context.
    private (string Text, int Tokens) _lastContext = ("", 0);

    /// <exception cref="FaultException">Invalid: the request has no context, is too long, or has tokens the model does not know.</exception>
    public EncodedContinuation Encode(LogLikelihoodRequest request)
    {
        var ids = checkpoint.Tokenizer.Encode(request.Context + request.Continuation);
        if (_lastContext.Text != request.Context)
        {
            _lastContext = (request.Context, checkpoint.Tokenizer.Encode(request.Context).Length);
        }

        var context = _lastContext.Tokens;
        if (context == 0)
        {
            throw Invalid(request.Place, "has an empty context; put the token the model begins texts with into it");
        }

        if (ids.Length <= context)
        {
            throw Invalid(request.Place, "has a continuation that adds no token to its context; move the boundary between the two");
        }

        Check(ids, ids.Length - 1, "", request.Place);
        return new EncodedContinuation(ids, context);
    }

    /// <exception cref="FaultException">Invalid: the prompt is empty, too long, or has tokens the model does not know.</exception>
    public int[] Encode(GenerationRequest request, int maxNewTokens)
    {
        var ids = checkpoint.Tokenizer.Encode(request.Prompt);
        if (ids.Length == 0)
        {
            throw Invalid(request.Place, "has an empty prompt; put the token the model begins texts with into it");
        }

        Check(ids, ids.Length + (long)maxNewTokens, $" with up to {maxNewTokens} new ones", request.Place);
        return ids;
    }

    private void Check(int[] ids, long positions, string with, Place place)
    {
        if (positions > checkpoint.Config.MaxPositions)
        {
            throw Invalid(place, $"has {ids.Length} tokens{with}, too long for the model's {checkpoint.Config.MaxPositions} positions");
        }

        if (ids.Max() is var largest && largest >= checkpoint.Config.VocabularySize)
        {
            throw Invalid(
                place,
                $"has the token {largest}, and the model's vocabulary ends at {checkpoint.Config.VocabularySize - 1}: the tokenizer does not belong to this model");
        }
    }

    private static FaultException Invalid(Place place, string what) => FaultException.Invalid($"{place} {what}.", RequestLine.Field);
}
