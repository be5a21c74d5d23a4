using Graft.Artifacts.Recipes;
using Graft.Faults;

namespace Graft.Artifacts.Rpc;

/// <summary>Merge recipes to and from their message. What is as in a plain linear merge is left out, so that its digest stays.</summary>
public static class MergeRecipeCodec
{
    public static V1.MergeRecipe ToProto(MergeRecipe recipe)
    {
        var proto = new V1.MergeRecipe
        {
            Base = recipe.Base.ToString(),
            ConfigFrom = (V1.Provenance)recipe.ConfigFrom,
            TokenizerFrom = (V1.Provenance)recipe.TokenizerFrom,
            Dtype = recipe.DType is { } dtype ? ManifestCodec.ToProto(dtype) : V1.DType.Unspecified,
            CastInputs = recipe.CastInputs,
        };
        proto.Vectors.AddRange(recipe.Vectors.Select(item => new V1.ScaledVector { Vector = item.Vector.ToString(), Scale = item.Scale }));
        proto.TensorScales.AddRange(recipe.TensorScales.Select(item => new V1.TensorScale { Pattern = item.Pattern, Scale = item.Scale }));
        switch (recipe.Method)
        {
            case MergeMethod.Ties ties:
                proto.Ties = new V1.TiesMethod { Density = ties.Density, Lambda = ties.Lambda };
                break;
            case MergeMethod.Dare dare:
                proto.Dare = new V1.DareMethod { Drop = dare.Drop, Seed = dare.Seed };
                break;
            case MergeMethod.Interpolation:
                proto.Interpolation = new V1.InterpolationMethod();
                break;
            case MergeMethod.Linear:
                break;
        }

        return proto;
    }

    /// <exception cref="FaultException">Invalid: a field is missing or malformed; the field is named.</exception>
    public static MergeRecipe FromProto(V1.MergeRecipe proto) => new(
        Digest.Parse(proto.Base, "recipe.base"),
        [.. proto.Vectors.Select((item, i) => new ScaledVector(Digest.Parse(item.Vector, $"recipe.vectors[{i}].vector"), item.Scale))],
        RecipeCodec.Known((Provenance)proto.ConfigFrom, "recipe.config_from"),
        RecipeCodec.Known((Provenance)proto.TokenizerFrom, "recipe.tokenizer_from"))
    {
        Method = proto.MethodCase switch
        {
            V1.MergeRecipe.MethodOneofCase.Ties => new MergeMethod.Ties(proto.Ties.Density, proto.Ties.Lambda),
            V1.MergeRecipe.MethodOneofCase.Dare => new MergeMethod.Dare(proto.Dare.Drop, proto.Dare.Seed),
            V1.MergeRecipe.MethodOneofCase.Interpolation => new MergeMethod.Interpolation(),
            V1.MergeRecipe.MethodOneofCase.None => new MergeMethod.Linear(),
        },
        TensorScales = [.. proto.TensorScales.Select(item => new TensorScale(item.Pattern, item.Scale))],
        DType = proto.Dtype == V1.DType.Unspecified ? null : ManifestCodec.FromProto(proto.Dtype, "recipe.dtype"),
        CastInputs = proto.CastInputs,
    };
}
