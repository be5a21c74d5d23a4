using System.CommandLine;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;

namespace Graft.Cli.Commands;

/// <summary>The options of graft merge and graft interpolate that say how the result is made.</summary>
internal sealed class MergeOptions
{
    private const string Base = "base";
    private const string FineTuned = "fine-tuned";
    private const string Linear = "linear";
    private const string Ties = "ties";
    private const string Dare = "dare";
    private const string Interpolate = "interpolate";

    private readonly Option<string> _method = new("--method")
    {
        Description = "linear: BASE + sum of SCALE * VECTOR. ties: trimmed, one sign elected for each weight, mean of what agrees. dare: weights of "
            + "the vectors dropped at random, the others rescaled. interpolate: a point between BASE and FT, for one vector FT - BASE.",
        DefaultValueFactory = _ => Linear,
    };

    private readonly Option<double?> _density = Real("--density", "ties: part of each tensor that is kept, by magnitude. [default: 0.2]", 0, 1);
    private readonly Option<double?> _lambda = Real("--lambda", "ties: factor of the merged vector. [default: 1]", -1e9, 1e9);
    private readonly Option<double?> _drop = Real("--drop", "dare: probability that a weight is dropped. [default: 0.9]", 0, 1);
    private readonly Option<long?> _seed = new("--seed") { Description = "dare: another seed drops others. [default: 0]", HelpName = "N" };
    private readonly Option<bool> _soup = new("--soup") { Description = "Divide every scale by the number of vectors: their mean." };
    private readonly Option<TensorScale[]> _scales = new("--scale-tensors")
    {
        Description = "Multiply the scale in the tensors whose names match, such as 'model.layers.*.mlp.*=0.5'; may be given several times, the "
            + "first that matches counts.",
        HelpName = "PATTERN=FACTOR",
        CustomParser = ParseScales,
    };

    private readonly Option<string[]> _include = Patterns("--include", "Only these tensors; all others stay as the base has them.");
    private readonly Option<string[]> _exclude = Patterns("--exclude", "Not these tensors: they stay as the base has them.");
    private readonly Option<string?> _dtype = new("--dtype")
    {
        Description = "Element type of the result: bf16, fp16, fp32 or fp64. [default: that of the base, tensor by tensor]",
    };

    private readonly Option<bool> _cast = new("--cast-inputs")
    {
        Description = "Round every input to --dtype first. With bf16 this is the procedure of the study's authors on checkpoints of fp32.",
    };

    private readonly Option<string> _config = Provenance(
        "--config-from",
        "Whose config.json the merge gets. fine-tuned is what the study did; choose base when the two differ in something that "
        + "belongs to the base's weights, such as rope scaling.");

    private readonly Option<string> _tokenizer = Provenance(
        "--tokenizer-from",
        "Whose tokenizer the merge gets. fine-tuned brings the chat template and the tokens that the fine-tuning added.");

    public MergeOptions()
    {
        _method.AcceptOnlyFromAmong(Linear, Ties, Dare, Interpolate);
        _dtype.AcceptOnlyFromAmong("bf16", "fp16", "fp32", "fp64");
        _seed.Validators.Add(Numbers.AtLeast(0));
    }

    /// <summary>What an interpolation has too.</summary>
    public IEnumerable<Option> OfResult => [_scales, _include, _exclude, _dtype, _cast, _config, _tokenizer];

    public IEnumerable<Option> All => [_method, _density, _lambda, _drop, _seed, _soup, .. OfResult];

    /// <summary>A mistake in how the options go together; null for none.</summary>
    public string? Mistake(ParseResult result)
    {
        string? Only(Option option, string method) => result.GetResult(option) is { Implicit: false } && result.GetValue(_method) != method
            ? $"{option.Name} belongs to --method {method}."
            : null;
        return Only(_density, Ties) ?? Only(_lambda, Ties) ?? Only(_drop, Dare) ?? Only(_seed, Dare)
            ?? (result.GetValue(_cast) && result.GetValue(_dtype) is null ? "--cast-inputs needs --dtype, the element type to cast to." : null);
    }

    /// <summary>Factor of a vector among others.</summary>
    public double Scale(ParseResult result, double scale, int vectors) => result.GetValue(_soup) ? scale / vectors : scale;

    public MergeMethod Method(ParseResult result) => result.GetValue(_method) switch
    {
        Ties => new MergeMethod.Ties(result.GetValue(_density) ?? 0.2, result.GetValue(_lambda) ?? 1),
        Dare => new MergeMethod.Dare(result.GetValue(_drop) ?? 0.9, (ulong)(result.GetValue(_seed) ?? 0)),
        Interpolate => new MergeMethod.Interpolation(),
        _ => new MergeMethod.Linear(),
    };

    /// <summary>What is excluded first, then the factors, then everything that is not included: the first that matches counts.</summary>
    public IReadOnlyList<TensorScale> TensorScales(ParseResult result)
    {
        var included = result.GetValue(_include) ?? [];
        return
        [
            .. (result.GetValue(_exclude) ?? []).Select(pattern => new TensorScale(pattern, 0)),
            .. result.GetValue(_scales) ?? [],
            .. included.Select(pattern => new TensorScale(pattern, 1)),
            .. included.Length > 0 ? new[] { new TensorScale("*", 0) } : [],
        ];
    }

    public DType? DType(ParseResult result) => result.GetValue(_dtype) switch
    {
        "bf16" => Artifacts.DType.BF16,
        "fp16" => Artifacts.DType.F16,
        "fp32" => Artifacts.DType.F32,
        "fp64" => Artifacts.DType.F64,
        _ => null,
    };

    public bool CastInputs(ParseResult result) => result.GetValue(_cast);

    public Provenance ConfigFrom(ParseResult result) => Parse(result.GetRequiredValue(_config));

    public Provenance TokenizerFrom(ParseResult result) => Parse(result.GetRequiredValue(_tokenizer));

    /// <summary>The recipe, with the method given.</summary>
    public MergeRecipe Recipe(ParseResult result, Digest start, IReadOnlyList<ScaledVector> vectors, MergeMethod method) =>
        new(start, vectors, ConfigFrom(result), TokenizerFrom(result))
        {
            Method = method,
            TensorScales = TensorScales(result),
            DType = DType(result),
            CastInputs = CastInputs(result),
        };

    private static TensorScale[]? ParseScales(System.CommandLine.Parsing.ArgumentResult result)
    {
        List<TensorScale> scales = [];
        foreach (var token in result.Tokens)
        {
            var at = token.Value.LastIndexOf('=');
            if (at > 0 && double.TryParse(token.Value.AsSpan(at + 1), out var factor) && double.IsFinite(factor))
            {
                scales.Add(new TensorScale(token.Value[..at], factor));
            }
            else
            {
                result.AddError($"'{token.Value}' is no pattern with a factor; write PATTERN=FACTOR, such as 'model.layers.*.mlp.*=0.5'.");
            }
        }

        return [.. scales];
    }

    private static Option<double?> Real(string name, string description, double low, double high)
    {
        var option = new Option<double?>(name) { Description = description, HelpName = "X" };
        option.Validators.Add(Numbers.Within(low, high));
        return option;
    }

    private static Option<string[]> Patterns(string name, string description) =>
        new(name) { Description = $"{description} A pattern with * for any characters; may be given several times.", HelpName = "PATTERN" };

    private static Option<string> Provenance(string name, string description)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => FineTuned };
        option.AcceptOnlyFromAmong(Base, FineTuned);
        return option;
    }

    private static Provenance Parse(string word) =>
        word == Base ? Artifacts.Recipes.Provenance.Base : Artifacts.Recipes.Provenance.FineTuned;
}
