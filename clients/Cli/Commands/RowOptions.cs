using System.CommandLine;
using Graft.Artifacts.Recipes;
using Graft.Modeling.Chat;
using Graft.Trainer.Data;
using Graft.Trainer.Datasets;

namespace Graft.Cli.Commands;

/// <summary>The options that say how rows become tokens; the same wherever there are rows.</summary>
internal sealed class RowOptions
{
    private readonly Option<string?> _template = new("--template")
    {
        Description = "Chat template; makes conversations of prompts with completions too. [default: the one in the tokenizer's files, for conversations]",
    };

    private readonly Option<string?> _mask = new("--mask")
    {
        Description = "Tokens that count in the loss: all, or those of the completion (of the assistant). [default: all for plain text, else completion]",
    };

    private readonly Option<bool> _bos = Flag("--bos", "Put the beginning token before each document.");
    private readonly Option<bool> _eos = Flag("--eos", "Put the end token behind each document; a template says itself where it goes.");

    public RowOptions()
    {
        _template.AcceptOnlyFromAmong([.. ChatTemplates.All.Select(template => template.Name)]);
        _mask.AcceptOnlyFromAmong("completion", "all");
    }

    public IEnumerable<Option> All => [_template, _mask, _bos, _eos];

    public string? Template(ParseResult result) => result.GetValue(_template);

    public bool AddBos(ParseResult result) => result.GetValue(_bos);

    public bool AddEos(ParseResult result) => result.GetValue(_eos);

    /// <param name="result">The command line.</param>
    /// <param name="forms">What the datasets hold. Where there is plain text, everything counts unless told otherwise.</param>
    public LossMask Mask(ParseResult result, IReadOnlyCollection<RowForm> forms) =>
        (result.GetValue(_mask) ?? (forms.Contains(RowForm.Text) ? "all" : "completion")) == "all" ? LossMask.All : LossMask.Completion;

    public EncodingRules Encoding(ParseResult result, IReadOnlyCollection<RowForm> forms, int maxTokens) => new(
        Mask(result, forms), AddBos(result), AddEos(result), maxTokens, Template(result) is { } name ? ChatTemplates.Find(name) : null);

    private static Option<bool> Flag(string name, string description) =>
        new(name) { Description = description, HelpName = "true|false", DefaultValueFactory = _ => true, Arity = ArgumentArity.ExactlyOne };
}
