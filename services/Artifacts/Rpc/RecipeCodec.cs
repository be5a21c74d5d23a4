using Google.Protobuf;
using Graft.Artifacts.Recipes;
using Graft.Faults;

namespace Graft.Artifacts.Rpc;

/// <summary>Recipes to and from their messages. The digest of a recipe is the SHA-256 of the serialized <c>Recipe</c> message.</summary>
public static class RecipeCodec
{
    public static Digest DigestOf(Recipe recipe) => Digest.Of(ToProto(recipe).ToByteArray());

    public static V1.Recipe ToProto(Recipe recipe) => recipe switch
    {
        TrainRecipe train => new V1.Recipe { Train = TrainRecipeCodec.ToProto(train) },
        ExtractRecipe extract => new V1.Recipe { Extract = ToProto(extract) },
        MergeRecipe merge => new V1.Recipe { Merge = MergeRecipeCodec.ToProto(merge) },
        CompareRecipe compare => new V1.Recipe { Compare = ToProto(compare) },
        EvaluateRecipe evaluate => new V1.Recipe { Evaluate = EvaluateRecipeCodec.ToProto(evaluate) },
        CheckpointRecipe checkpoint => new V1.Recipe
        {
            Checkpoint = new V1.CheckpointRecipe { Train = TrainRecipeCodec.ToProto(checkpoint.Train), Step = checkpoint.Step },
        },
        _ => throw new ArgumentOutOfRangeException(nameof(recipe), recipe.GetType().Name, "No message for this recipe."),
    };

    /// <exception cref="FaultException">Invalid: a field is missing or malformed; the field is named.</exception>
    public static Recipe FromProto(V1.Recipe proto) => proto.KindCase switch
    {
        V1.Recipe.KindOneofCase.Train => TrainRecipeCodec.FromProto(proto.Train),
        V1.Recipe.KindOneofCase.Extract => FromProto(proto.Extract),
        V1.Recipe.KindOneofCase.Merge => MergeRecipeCodec.FromProto(proto.Merge),
        V1.Recipe.KindOneofCase.Compare => FromProto(proto.Compare),
        V1.Recipe.KindOneofCase.Evaluate => EvaluateRecipeCodec.FromProto(proto.Evaluate),
        V1.Recipe.KindOneofCase.Checkpoint => new CheckpointRecipe(
            TrainRecipeCodec.FromProto(
                proto.Checkpoint.Train ?? throw FaultException.Invalid("The recipe does not say which training.", "recipe.checkpoint.train")),
            proto.Checkpoint.Step),
        V1.Recipe.KindOneofCase.None => throw FaultException.Invalid("The recipe is empty.", "recipe"),
    };

    public static V1.ExtractRecipe ToProto(ExtractRecipe recipe) =>
        new() { FineTuned = recipe.FineTuned.ToString(), Pretrained = recipe.Pretrained.ToString() };

    public static ExtractRecipe FromProto(V1.ExtractRecipe proto) =>
        new(Digest.Parse(proto.FineTuned, "recipe.fine_tuned"), Digest.Parse(proto.Pretrained, "recipe.pretrained"));

    public static V1.CompareRecipe ToProto(CompareRecipe recipe)
    {
        var proto = new V1.CompareRecipe();
        proto.Artifacts.AddRange(recipe.Artifacts.Select(digest => digest.ToString()));
        return proto;
    }

    public static CompareRecipe FromProto(V1.CompareRecipe proto) =>
        new([.. proto.Artifacts.Select((digest, i) => Digest.Parse(digest, $"recipe.artifacts[{i}]"))]);

    /// <exception cref="FaultException">Invalid: not a value of the enum.</exception>
    internal static T Known<T>(T value, string field)
        where T : struct, Enum =>
        Enum.IsDefined(value) ? value : throw FaultException.Invalid($"{value} is no {typeof(T).Name}.", field);
}
