using Graft.Faults;

namespace Graft.Evaluator.Tasks.Described;

/// <summary>A task of the user's own, as its YAML file describes it (README.md beside the tasks).</summary>
public sealed record TaskDescription
{
    private const int LongestYaml = 1 << 16;

    private TaskDescription()
    {
    }

    /// <summary>The file of rows, relative to the description; null when it is given elsewhere.</summary>
    public string? Data { get; private init; }

    /// <summary>The file of examples, relative to the description; null for none.</summary>
    public string? FewShotData => Examples?.Data;

    internal ExampleRules? Examples { get; private init; }

    /// <summary>Stands before the examples and the question.</summary>
    internal string Preface { get; private init; } = "";

    internal Template Prompt { get; private init; } = null!;

    internal GenerateRules? Generate { get; private init; }

    internal ChooseRules? Choose { get; private init; }

    /// <param name="yaml">The text of the description.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="FaultException">Invalid: mistakes, each with its line.</exception>
    public static TaskDescription Parse(string yaml, string file = "The task's description")
    {
        if (yaml.Length > LongestYaml)
        {
            throw FaultException.Invalid($"{file} has {yaml.Length} characters; {LongestYaml} are enough for a description.", "recipe.described.yaml");
        }

        var mistakes = new DescriptionMistakes();
        var root = YamlReader.Read(yaml, mistakes);
        var description = root is null ? null : Read(new DescriptionFields(root, mistakes), mistakes, root.Line);
        mistakes.ThrowIfAny(file);
        return description!;
    }

    private static TaskDescription Read(DescriptionFields fields, DescriptionMistakes mistakes, int line)
    {
        var (generate, choose) = (fields.Map("generate"), fields.Map("choose"));
        if (generate is null == choose is null)
        {
            mistakes.Add(line, generate is null ? "generate: or choose: must say what is asked of the model" : "generate: and choose: exclude each other");
        }

        var examples = fields.Map("few_shot");
        var description = new TaskDescription
        {
            Data = fields.Text("data", isRequired: false),
            Examples = examples is null ? null : ExampleRules.Read(examples),
            Preface = fields.Text("description", isRequired: false) ?? "",
            Prompt = fields.Template("prompt")!,
            Generate = generate is null ? null : GenerateRules.Read(generate),
            Choose = choose is null ? null : ChooseRules.Read(choose),
        };
        fields.Close();
        return description;
    }
}
