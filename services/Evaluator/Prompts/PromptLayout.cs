using Graft.Faults;
using Graft.Modeling.Chat;
using Graft.Modeling.Tokenizers;

namespace Graft.Evaluator.Prompts;

/// <summary>One exchange: what is asked, and the answer, which begins without a space.</summary>
internal readonly record struct Exchange(string Question, string Answer);

/// <summary>How examples and a question become a prompt.</summary>
/// <param name="Shared">What every prompt begins with.</param>
/// <param name="Ask">The rest of the prompt, of a question.</param>
/// <param name="Lead">What an answer begins with as a continuation of the prompt: a space, or nothing.</param>
internal sealed record PromptLayout(string Shared, Func<string, string> Ask, string Lead)
{
    private static readonly ChatTemplate _tulu = ChatTemplates.Find("tulu");

    /// <summary>Examples and question as one text: "question answer", parted by empty lines. The question ends with its cue.</summary>
    /// <param name="description">Stands before all; may be empty.</param>
    /// <param name="shots">The examples, their questions with the cue.</param>
    public static PromptLayout Plain(string description, IEnumerable<Exchange> shots) =>
        new(description + string.Concat(shots.Select(shot => $"{shot.Question} {shot.Answer}\n\n")), question => question, " ");

    /// <summary>Examples as turns of a chat in the format of Tulu, the named template that trainings have too.</summary>
    /// <param name="shots">The examples; their questions have no cue where <paramref name="cue"/> is given.</param>
    /// <param name="cue">What the assistant's turns begin with, such as "Answer:"; may be empty.</param>
    /// <param name="tokenizer">Says what its end token is.</param>
    /// <exception cref="FaultException">Invalid: the tokenizer has no end token.</exception>
    public static PromptLayout Tulu(IEnumerable<Exchange> shots, string cue, Tokenizer tokenizer)
    {
        var ends = tokenizer.EosId is { } id
            ? new EndTokens(null, tokenizer.Decode([id]))
            : throw FaultException.Invalid("The checkpoint's tokenizer names no end token, which the chat format of Tulu closes turns with.", "recipe.checkpoint");
        var lead = cue.Length > 0 ? " " : "";
        ChatMessage[] examples =
        [
            .. shots.SelectMany(shot => new ChatMessage[]
            {
                new(ChatMessage.User, shot.Question), new(ChatMessage.Assistant, $"{cue}{lead}{shot.Answer.Trim()}"),
            }),
        ];
        string Turns(ChatMessage[] before, string question) => _tulu.Render([.. before, new ChatMessage(ChatMessage.User, question)], ends, addGenerationPrompt: true);

        // The template writes each turn by itself, so what stands before the last one does not depend on it.
        var shared = Turns(examples, "")[..^Turns([], "").Length];
        return new PromptLayout(shared, question => Turns([], question) + cue, lead);
    }
}
