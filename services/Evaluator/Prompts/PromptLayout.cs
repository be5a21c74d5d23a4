using Graft.Faults;
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
    /// <summary>Examples and question as one text: "question answer", parted by empty lines. The question ends with its cue.</summary>
    /// <param name="description">Stands before all; may be empty.</param>
    /// <param name="shots">The examples, their questions with the cue.</param>
    public static PromptLayout Plain(string description, IEnumerable<Exchange> shots) =>
        new(description + string.Concat(shots.Select(shot => $"{shot.Question} {shot.Answer}\n\n")), question => question, " ");

    /// <summary>
    /// Examples as turns of a chat in the format of Tulu: "&lt;|user|&gt;\n..\n&lt;|assistant|&gt;\n..", an assistant's turn closed by the end token.
    /// </summary>
    /// <param name="shots">The examples; their questions have no cue where <paramref name="cue"/> is given.</param>
    /// <param name="cue">What the assistant's turns begin with, such as "Answer:"; may be empty.</param>
    /// <param name="tokenizer">Says what its end token is.</param>
    /// <exception cref="FaultException">Invalid: the tokenizer has no end token.</exception>
    public static PromptLayout Tulu(IEnumerable<Exchange> shots, string cue, Tokenizer tokenizer)
    {
        var end = tokenizer.EosId is { } id
            ? tokenizer.Decode([id])
            : throw FaultException.Invalid("The checkpoint's tokenizer names no end token, which the chat format of Tulu closes turns with.", "recipe.checkpoint");
        var lead = cue.Length > 0 ? " " : "";
        string Turn(string question) => $"<|user|>\n{question}\n<|assistant|>\n{cue}";
        return new PromptLayout(string.Concat(shots.Select(shot => $"{Turn(shot.Question)}{lead}{shot.Answer.Trim()}{end}\n")), Turn, lead);
    }
}
