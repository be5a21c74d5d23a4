using System.CommandLine;
using System.Globalization;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Cli.Commands;
using Graft.Trainer.LowRank;
using Graft.Trainer.Optimization;

namespace Graft.Cli.Trainings;

/// <summary>What graft train would do.</summary>
internal static class RecipeView
{
    public static void Write(CommandHost host, ParseResult result, TrainRecipe recipe, StartingModel model)
    {
        var json = RecipeText.Json(recipe);
        var all = Sum(model.Config.Parameters);
        var trained = recipe.Lora is { } lora ? LoraTargets.Of(model.Config, lora.Targets).Sum(target => lora.Rank * (target.Shape[0] + target.Shape[1])) : all;
        var bytes = (trained * StateBytes.PerParameter(recipe.ComputeDType, recipe.Memory)) + (recipe.Lora is null ? 0 : all * (double)recipe.ComputeDType.Size());
        if (host.IsJson(result))
        {
            JsonOutput.Write(host.Terminal, new System.Text.Json.Nodes.JsonObject
            {
                ["digest"] = RecipeCodec.DigestOf(recipe).ToString(),
                ["parameters"] = all,
                ["trained_parameters"] = trained,
                ["state_bytes"] = (long)bytes,
                ["recipe"] = json,
            });
            return;
        }

        var output = host.Terminal.Output;
        Terminal.WriteLine(output, $"# job {RecipeCodec.DigestOf(recipe)}");
        Terminal.WriteLine(output, string.Create(
            CultureInfo.InvariantCulture, $"# {trained:N0} of {all:N0} parameters are trained; weights, gradient and moments take {Sizes.Text((long)bytes)}, activations come on top"));
        Terminal.WriteLine(output, RecipeText.Yaml(json).TrimEnd());
    }

    private static long Sum(IEnumerable<(string Name, long[] Shape)> parameters) =>
        parameters.Sum(parameter => parameter.Shape.Aggregate(1L, (product, extent) => product * extent));
}
