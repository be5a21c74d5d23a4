using Graft.Faults;

namespace Graft.Evaluator.Requests;

/// <summary>A question with its choices.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Gold">Index of the right choice.</param>
/// <param name="Choices">At least one, in the order of their numbers.</param>
internal sealed record ChoiceDocument(long Id, int Gold, IReadOnlyList<LogLikelihoodRequest> Choices)
{
    /// <param name="requests">All requests of one document, in any order.</param>
    /// <exception cref="FaultException">Invalid: choices are missing or doubled, or they disagree about the right one.</exception>
    public static ChoiceDocument Of(IEnumerable<LogLikelihoodRequest> requests)
    {
        LogLikelihoodRequest[] choices = [.. requests.OrderBy(request => request.Choice)];
        var first = choices[0];
        for (var i = 0; i < choices.Length; i++)
        {
            var choice = choices[i];
            if (choice.Choice != i)
            {
                var found = i > 0 && choice.Choice == choices[i - 1].Choice ? $"has choice {choice.Choice} twice" : $"has no choice {i}";
                throw Invalid(choice, $"{found}; choices are numbered from 0 without gaps");
            }

            if (choice.Gold != first.Gold)
            {
                throw Invalid(choice, $"says \"gold\" {choice.Gold}, but {first.Place} says {first.Gold}; all choices of a document name the same");
            }
        }

        return first.Gold < choices.Length
            ? new ChoiceDocument(first.Document, first.Gold, choices)
            : throw Invalid(first, $"says \"gold\" {first.Gold}, but the document has {choices.Length} choice(s); they are numbered from 0");
    }

    private static FaultException Invalid(LogLikelihoodRequest choice, string what) =>
        FaultException.Invalid($"{choice.Place}: document {choice.Document} {what}.", RequestLine.Field);
}
