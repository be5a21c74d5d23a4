using Graft.Artifacts.Recipes;
using Graft.Faults;
using Graft.Modeling.Chat;
using Graft.Modeling.Tokenizers;
using Graft.Trainer.Datasets;

namespace Graft.Trainer.Data;

/// <summary>Turns rows into tokens and marks those that count in the loss.</summary>
/// <param name="rules">What is added and masked.</param>
/// <param name="tokenizer">The model's.</param>
/// <param name="ownTemplate">The template in the tokenizer's files; looked for when a conversation comes and the rules name none.</param>
internal sealed class RowEncoder(EncodingRules rules, Tokenizer tokenizer, Func<ChatTemplate?> ownTemplate)
{
    private readonly Lazy<ChatTemplate?> _template = new(() => rules.Template ?? ownTemplate());
    private readonly EndTokens _ends = new(Text(tokenizer, tokenizer.BosId), Text(tokenizer, tokenizer.EosId));

    public EncodingRules Rules => rules;

    /// <summary>The template that writes rows of a form; null when none does.</summary>
    public ChatTemplate? TemplateFor(RowForm form) => form switch
    {
        RowForm.Conversation => _template.Value,
        RowForm.Completion => rules.Template,
        RowForm.Text => null,
    };

    /// <summary>All tokens of a row; nothing is cut.</summary>
    /// <exception cref="FaultException">Invalid: a row that cannot be written or has nothing to learn from; its place is named.</exception>
    public TokenRow Encode(DataRow row)
    {
        try
        {
            return row switch
            {
                TextRow document => Encode(document),
                CompletionRow pair when rules.Template is null => Encode(pair),
                CompletionRow pair => Encode([new(ChatMessage.User, pair.Prompt), new(ChatMessage.Assistant, pair.Completion)]),
                ConversationRow conversation => Encode(conversation.Messages),
                _ => throw new ArgumentOutOfRangeException(nameof(row), row.GetType().Name, "No such row."),
            };
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Invalid)
        {
            throw RowFault.At(row.Place, fault);
        }
    }

    private TokenRow Encode(TextRow row)
    {
        if (rules.Mask == LossMask.Completion)
        {
            throw FaultException.Invalid("a row of plain text has no completion, which is all that counts under this loss mask; use the mask all.", "recipe.phases.mask");
        }

        List<int> tokens = [.. Bos(), .. tokenizer.Encode(row.Text), .. Eos()];
        return Row(tokens, target: _ => true);
    }

    private TokenRow Encode(CompletionRow row)
    {
        List<int> tokens = [.. Bos(), .. tokenizer.Encode(row.Prompt)];
        var completion = rules.Mask == LossMask.All ? 0 : tokens.Count;
        tokens.AddRange(tokenizer.Encode(row.Completion));
        tokens.AddRange(Eos());
        return Row(tokens, position => position >= completion);
    }

    /// <summary>
    /// A conversation, masked as open-instruct does (function sft_tulu_tokenize_and_truncate_v1): the beginning of the conversation is
    /// written anew up to and with each message that is not the assistant's, and tokenized; what it has more than the beginning before is
    /// masked. Where the assistant is next, its mark belongs to that. An assistant's turn that opens the conversation or follows another
    /// one keeps its mark in the loss, as there.
    /// </summary>
    private TokenRow Encode(IReadOnlyList<ChatMessage> messages)
    {
        var template = _template.Value ?? throw FaultException.Invalid(
            $"a conversation needs a chat template, and neither the recipe nor the tokenizer's files name one; choose one of "
            + $"{string.Join(", ", ChatTemplates.All.Select(known => known.Name))}, such as --template tulu.",
            "recipe.phases.template");
        int[] bos = rules.AddBos && !template.HasBos ? Bos() : [];
        var tokens = EncodeBeginning(template, bos, messages, messages.Count, prompt: false);
        var isTarget = new bool[tokens.Length];
        Array.Fill(isTarget, true);
        for (var i = 0; rules.Mask == LossMask.Completion && i < messages.Count; i++)
        {
            if (messages[i].Role == ChatMessage.Assistant)
            {
                continue;
            }

            var begin = i == 0 ? 0 : EncodeBeginning(template, bos, messages, i, prompt: false).Length;
            var isAnswered = i + 1 < messages.Count && messages[i + 1].Role == ChatMessage.Assistant;
            var end = Math.Min(EncodeBeginning(template, bos, messages, i + 1, isAnswered).Length, isTarget.Length);
            isTarget.AsSpan(Math.Min(begin, end)..end).Clear();
        }

        return new TokenRow(tokens, isTarget);
    }

    private int[] EncodeBeginning(ChatTemplate template, int[] bos, IReadOnlyList<ChatMessage> messages, int count, bool prompt) =>
        [.. bos, .. tokenizer.Encode(template.Render([.. messages.Take(count)], _ends, prompt))];

    private static TokenRow Row(List<int> tokens, Func<int, bool> target) =>
        new([.. tokens], [.. Enumerable.Range(0, tokens.Count).Select(target)]);

    private int[] Bos() => !rules.AddBos
        ? []
        : [tokenizer.BosId ?? throw FaultException.Invalid("the recipe adds a beginning token, and the tokenizer has none.", "recipe.phases.add_bos")];

    private int[] Eos() => !rules.AddEos
        ? []
        : [tokenizer.EosId ?? throw FaultException.Invalid("the recipe adds an end token, and the tokenizer has none.", "recipe.phases.add_eos")];

    private static string? Text(Tokenizer tokenizer, int? id) => id is { } known ? tokenizer.TokenOf(known) : null;
}
