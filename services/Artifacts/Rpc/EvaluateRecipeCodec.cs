using Graft.Artifacts.Recipes;
using Graft.Faults;

namespace Graft.Artifacts.Rpc;

/// <summary>Evaluation recipes to and from their messages. What is not set stays out of the message, so that old digests stand.</summary>
public static class EvaluateRecipeCodec
{
    public static V1.EvaluateRecipe ToProto(EvaluateRecipe recipe)
    {
        var proto = new V1.EvaluateRecipe
        {
            Checkpoint = recipe.Checkpoint.ToString(),
            Requests = recipe.Requests.ToString(),
            Version = recipe.Version,
            ComputeDtype = ManifestCodec.ToProto(recipe.ComputeDType),
            FewShot = recipe.FewShot?.ToString() ?? "",
            MaxLength = recipe.MaxLength,
            AddBos = recipe.AddBos,
            Sampling = recipe.Sampling is { } sampling
                ? new V1.Sampling { Temperature = sampling.Temperature, TopP = sampling.TopP, Seed = sampling.Seed }
                : null,
        };
        switch (recipe.Rules)
        {
            case LogLikelihoodRules:
                proto.LogLikelihood = new V1.LogLikelihoodTask();
                break;
            case GenerationRules rules:
                proto.Generation = new V1.GenerationTask { MaxNewTokens = rules.MaxNewTokens, Extraction = (V1.Extraction)rules.Extraction };
                proto.Generation.Stop.AddRange(rules.Stop);
                break;
            case NamedTaskRules rules:
                proto.Named = new V1.NamedTask { Name = rules.Name };
                break;
            case DescribedTaskRules rules:
                proto.Described = new V1.DescribedTask { Yaml = rules.Yaml };
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(recipe), recipe.Rules.GetType().Name, "No message for these rules.");
        }

        return proto;
    }

    /// <exception cref="FaultException">Invalid: a field is missing or malformed; the field is named.</exception>
    public static EvaluateRecipe FromProto(V1.EvaluateRecipe proto) => new(
        Digest.Parse(proto.Checkpoint, "recipe.checkpoint"),
        Digest.Parse(proto.Requests, "recipe.requests"),
        Rules(proto),
        proto.Version,
        ManifestCodec.FromProto(proto.ComputeDtype, "recipe.compute_dtype"))
    {
        FewShot = proto.FewShot.Length > 0 ? Digest.Parse(proto.FewShot, "recipe.few_shot") : null,
        MaxLength = proto.MaxLength,
        AddBos = proto.AddBos,
        Sampling = proto.Sampling is { } sampling ? new Sampling(sampling.Temperature, sampling.TopP, sampling.Seed) : null,
    };

    private static TaskRules Rules(V1.EvaluateRecipe proto) => proto.TaskCase switch
    {
        V1.EvaluateRecipe.TaskOneofCase.LogLikelihood => new LogLikelihoodRules(),
        V1.EvaluateRecipe.TaskOneofCase.Generation => new GenerationRules(
            proto.Generation.MaxNewTokens,
            [.. proto.Generation.Stop],
            RecipeCodec.Known((Extraction)proto.Generation.Extraction, "recipe.generation.extraction")),
        V1.EvaluateRecipe.TaskOneofCase.Named => new NamedTaskRules(proto.Named.Name),
        V1.EvaluateRecipe.TaskOneofCase.Described => new DescribedTaskRules(proto.Described.Yaml),
        V1.EvaluateRecipe.TaskOneofCase.None => throw FaultException.Invalid("The recipe has no task.", "recipe.task"),
    };
}
