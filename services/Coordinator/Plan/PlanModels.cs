using System.Globalization;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Coordinator.Spec;
using Graft.Faults;

namespace Graft.Coordinator.Plan;

/// <summary>The models and vectors of a plan, each added when it is first asked for, and the evaluations of models.</summary>
internal sealed class PlanModels
{
    private readonly RunSpec _spec;
    private readonly IReadOnlyDictionary<string, Digest> _inputs;
    private readonly PlanBuilder _plan;
    private readonly Dictionary<string, GivenVector> _others;
    private readonly Dictionary<string, Source> _pretrained = [];
    private readonly Dictionary<(string Name, int Step, string Repetition), Source> _fineTuned = [];
    private readonly Dictionary<VectorKey, PlanStep> _vectors = [];
    private readonly Dictionary<(string Base, VectorKey Vector, double Scale), PlanStep> _merges = [];
    private readonly HashSet<PlanStep> _evaluated = new(ReferenceEqualityComparer.Instance);

    public PlanModels(RunSpec spec, IReadOnlyDictionary<string, Digest> inputs, PlanBuilder plan)
    {
        (_spec, _inputs, _plan) = (spec, inputs, plan);
        _others = spec.Vectors.ToDictionary(vector => vector.Name);
        Names = spec.CheckpointNames;
        Repetitions = Repetition.Of(spec.Seeds);
    }

    /// <summary>Checkpoints of the trajectory, in training order.</summary>
    public IReadOnlyList<string> Names { get; }

    public IReadOnlyList<Repetition> Repetitions { get; }

    /// <summary>Whose vectors there are: fine-tuned checkpoints, then vectors of others.</summary>
    public IEnumerable<string> Sources => Names.Where(HasTuned).Concat(_others.Keys);

    public void AddPretrained(string name, Source checkpoint) => _pretrained[name] = checkpoint;

    public Source Pretrained(string name) => _pretrained[name];

    public void AddFineTuned(string name, int step, Repetition repetition, Source checkpoint) => _fineTuned[(name, step, repetition.Prefix)] = checkpoint;

    public Source FineTuned(string name, int step, Repetition repetition) => _fineTuned[(name, step, Of(name, repetition).Prefix)];

    public bool HasTuned(string name) => _spec.Finetune is { } finetune && (finetune.Recipe is not null || finetune.Given.ContainsKey(name));

    /// <summary>Whether the source's fine-tuning is done by the run: then there is one for each seed, with steps.</summary>
    public bool IsTrained(string source) =>
        _spec.Finetune is { Recipe: not null } finetune && !finetune.Given.ContainsKey(source) && _pretrained.ContainsKey(source);

    /// <summary>The repetition that tells a source's fine-tunings apart.</summary>
    public Repetition Of(string source, Repetition repetition) => IsTrained(source) ? repetition : Repetition.None;

    /// <summary>The repetitions of what takes these fine-tunings: one when none is trained here.</summary>
    public IReadOnlyList<Repetition> RepetitionsOf(params IEnumerable<string> sources) => sources.Any(IsTrained) ? Repetitions : [Repetition.None];

    public VectorKey KeyOf(string source, int step, Repetition repetition) => new(source, step, Of(source, repetition));

    public PlanStep Vector(VectorKey key)
    {
        if (!_vectors.TryGetValue(key, out var vector))
        {
            var (prefix, isOther) = (key.Repetition.Prefix, _others.TryGetValue(key.Source, out var other));
            vector = AddVector(
                $"extract/{prefix}{key.Source}{key.Suffix('@')}",
                isOther ? Input(other!.FineTuned) : FineTuned(key.Source, key.Step, key.Repetition),
                isOther ? Input(other!.Pretrained) : _pretrained[key.Source],
                $"{prefix}vec-{key.Source}{key.Suffix('/')}");
            _vectors.Add(key, vector);
        }

        return vector;
    }

    public PlanStep AddVector(string id, Source fineTuned, Source pretrained, string name) =>
        _plan.Add(id, StepKind.Extract, [fineTuned, pretrained], made => new ExtractRecipe(made[0], made[1]), name);

    public PlanStep Merge(string target, VectorKey key, double scale)
    {
        if (!_merges.TryGetValue((target, key, scale), out var merge))
        {
            merge = AddMerge($"merge/{NameOf(target, key, scale, '@')}", _pretrained[target], [(Vector(key), scale)], new MergeMethod.Linear(), NameOf(target, key, scale, '/'));
            _merges.Add((target, key, scale), merge);
        }

        return merge;
    }

    public PlanStep AddMerge(string id, Source target, IReadOnlyList<(PlanStep Vector, double Scale)> vectors, MergeMethod method, string name) => _plan.Add(
        id,
        StepKind.Merge,
        [target, .. vectors.Select(vector => (Source)vector.Vector)],
        made => new MergeRecipe(made[0], [.. vectors.Select((vector, i) => new ScaledVector(made[i + 1], vector.Scale))], _spec.Merge.ConfigFrom, _spec.Merge.TokenizerFrom) { Method = method },
        name);

    /// <summary>Evaluates a merge of the matrix, if it is not yet.</summary>
    public void EvaluateMerge(string target, VectorKey key, double scale)
    {
        var merge = Merge(target, key, scale);
        if (_evaluated.Add(merge))
        {
            var cell = new Cell("merge", target, key.Source, 0, scale) { Seed = key.Repetition.Seed, VectorStep = key.Step };
            Evaluate(merge, $"merge/{NameOf(target, key, scale, '@')}", cell);
        }
    }

    public void Evaluate(Source model, string label, Cell cell)
    {
        foreach (var task in _spec.Tasks)
        {
            var setting = cell.Experiment == "pt" ? task.Pt : task.Chat;
            var requests = Input(setting.Requests);
            Digest? shots = setting.FewShot is { } reference ? Input(reference) : null;
            _plan.AddEvaluation(
                $"evaluate/{label}/{task.Name}", model, cell, task.Name,
                checkpoint => new EvaluateRecipe(checkpoint, requests, setting.Rules, EvaluateRecipe.CurrentVersion, setting.ComputeDType)
                {
                    FewShot = shots,
                    MaxLength = setting.MaxLength,
                    AddBos = setting.AddBos,
                    Sampling = setting.Sampling,
                });
        }
    }

    /// <exception cref="FaultException">Invalid: nobody said what the reference stands for.</exception>
    public Digest Input(SpecReference reference) => _inputs.TryGetValue(reference.Text, out var artifact)
        ? artifact
        : throw FaultException.Invalid($"Nothing says what '{reference.Text}' ({reference.Place}, line {reference.Line}) stands for.", reference.Place);

    /// <summary>Whether a vector was taken from this very checkpoint: added to it, it would give the fine-tuning again.</summary>
    public bool IsOwnBase(string source, string target) =>
        source == target || (_others.TryGetValue(source, out var other) && _pretrained[target].Known == Input(other.Pretrained));

    private static string NameOf(string target, VectorKey key, double scale, char separator) => string.Create(
        CultureInfo.InvariantCulture,
        $"{key.Repetition.Prefix}{target}+{key.Source}{key.Suffix(separator)}{(scale == 1 ? "" : $"{separator}{scale.ToString(CultureInfo.InvariantCulture)}")}");
}
