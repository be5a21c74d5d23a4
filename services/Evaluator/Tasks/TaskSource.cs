using Graft.Artifacts.Recipes;
using Graft.Evaluator.Prompts;
using Graft.Evaluator.Requests;
using Graft.Evaluator.Tasks.Described;
using Graft.Modeling.Tokenizers;

namespace Graft.Evaluator.Tasks;

/// <summary>The task a recipe means.</summary>
internal static class TaskSource
{
    /// <param name="rules">What is done with each request or row.</param>
    /// <param name="files">Names and contents of the files of requests or rows.</param>
    /// <param name="fewShot">Examples, where the recipe names some.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <exception cref="Faults.FaultException">Invalid: a line that is malformed or of another kind; it is named by file and number.</exception>
    public static EvaluationTask Make(TaskRules rules, IReadOnlyList<(string Name, byte[] Bytes)> files, FewShotFiles fewShot, Tokenizer tokenizer) => rules switch
    {
        LogLikelihoodRules => ChoiceRequests.Make(RequestReader.LogLikelihood(files)),
        GenerationRules generation => PromptRequests.Make(RequestReader.Generation(files), generation),
        NamedTaskRules named => TaskCatalog.Make(named.Name, new TaskInput(RequestReader.Lines(files), fewShot, tokenizer)),
        DescribedTaskRules described => DescribedTask.Make(TaskDescription.Parse(described.Yaml), new TaskInput(RequestReader.Lines(files), fewShot, tokenizer)),
        _ => throw new ArgumentOutOfRangeException(nameof(rules), rules.GetType().Name, "No such task."),
    };
}
