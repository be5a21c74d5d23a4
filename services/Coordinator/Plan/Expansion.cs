using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Coordinator.Spec;
using Graft.Faults;

namespace Graft.Coordinator.Plan;

/// <summary>Expands a spec into the steps of its run. Pure: the same spec and inputs give the same plan.</summary>
internal sealed class Expansion
{
    private readonly RunSpec _spec;
    private readonly IReadOnlyDictionary<string, Digest> _inputs;
    private readonly PlanBuilder _plan = new();
    private readonly IReadOnlyList<string> _names;
    private readonly Dictionary<string, Source> _pretrained = [];
    private readonly Dictionary<string, Source> _fineTuned = [];
    private readonly Dictionary<string, PlanStep> _vectors = [];
    private readonly Dictionary<(string Base, string Source, double Scale), PlanStep> _merges = [];

    private Expansion(RunSpec spec, IReadOnlyDictionary<string, Digest> inputs)
    {
        _spec = spec;
        _inputs = inputs;
        _names = spec.CheckpointNames;
    }

    /// <param name="spec">The spec.</param>
    /// <param name="inputs">What each reference of the spec stands for.</param>
    /// <exception cref="FaultException">Invalid: a reference is missing, or the plan is too large.</exception>
    public static RunPlan Of(RunSpec spec, IReadOnlyDictionary<string, Digest> inputs)
    {
        var expansion = new Expansion(spec, inputs);
        expansion.AddTrajectory();
        expansion.AddFineTunings();
        expansion.AddMatrix();
        expansion.AddContinual();
        expansion.AddRecurrent();
        expansion.AddControl();
        return expansion._plan.Build(spec.Name);
    }

    private void AddTrajectory()
    {
        foreach (var given in _spec.Trajectory)
        {
            var artifact = Input(given.Reference);
            _plan.NameInput(given.Name, artifact);
            _pretrained[given.Name] = artifact;
        }

        if (_spec.Pretrain is { } pretrain)
        {
            var recipe = TrainRecipes.Pretrain(pretrain, Input);
            var train = _plan.AddTraining("pretrain", [], recipe.Steps, _ => recipe);
            foreach (var kept in pretrain.Checkpoints)
            {
                _pretrained[kept.Name] = _plan.AddCheckpoint($"pretrain/{kept.Name}", train, kept.Step, kept.Name);
            }
        }

        foreach (var name in _names)
        {
            Evaluate(_pretrained[name], $"pt/{name}", new Cell("pt", name, "", 0, 0));
        }
    }

    private void AddFineTunings()
    {
        foreach (var name in _names)
        {
            if (_spec.Finetune?.Given.GetValueOrDefault(name) is { } given)
            {
                var artifact = Input(given);
                _plan.NameInput($"{name}-FT", artifact);
                _fineTuned[name] = artifact;
                Evaluate(artifact, $"ft/{name}", new Cell("ft", name, "", 0, 0));
            }
            else if (_spec.Finetune?.Recipe is { } recipe)
            {
                _fineTuned[name] = Train($"finetune/{name}", $"ft/{name}", $"{name}-FT", _pretrained[name], recipe.Seed, new Cell("ft", name, "", 0, 0));
            }
        }
    }

    private void AddMatrix()
    {
        if (_spec.Matrix is not { } matrix)
        {
            return;
        }

        foreach (var scale in matrix.Scales)
        {
            foreach (var (target, source) in Pairs(matrix.Direction))
            {
                Evaluate(Merge(target, source, scale), $"merge/{MergeName(target, source, scale, '@')}", new Cell("merge", target, source, 0, scale));
            }
        }
    }

    private void AddContinual()
    {
        if (_spec.Continual is not { } continual)
        {
            return;
        }

        var pairs = Pairs(continual.Cells == CellChoice.All ? Direction.Both : Direction.Forward);
        foreach (var (target, source) in pairs.Where(pair => continual.Cells != CellChoice.Nearest || IsNext(pair.Source, pair.Base)))
        {
            var id = $"continual/{target}+{source}";
            Train(id, id, $"{target}+{source}-CT", Merge(target, source, 1), continual.Seed, new Cell("continual", target, source, 0, 1));
        }
    }

    // M*_i = FT(M_i + (M*_(i-1) - M_(i-1))): what is subtracted is the raw M_(i-1), never the merge training began with.
    private void AddRecurrent()
    {
        if (_spec.Recurrent is not { } recurrent)
        {
            return;
        }

        var vector = Vector(_names[0]);
        for (var i = 1; i < _names.Count; i++)
        {
            var (name, source) = (_names[i], _names[i - 1]);
            var cell = new Cell("recurrent", name, source, 0, 1);
            var merge = AddMerge($"merge/{name}+rec", _pretrained[name], vector, 1, $"{name}+rec");
            Evaluate(merge, $"recurrent/{name}", cell);
            var trained = Train($"recurrent/{name}", $"recurrent/{name}", $"{name}+rec-CT", merge, recurrent.Seed, cell);
            if (i + 1 < _names.Count)
            {
                vector = AddVector($"extract/{name}+rec", trained, _pretrained[name], $"vec-{name}+rec");
            }
        }
    }

    private void AddControl()
    {
        if (_spec.Control is not { } control)
        {
            return;
        }

        foreach (var name in _names)
        {
            Train($"control/{name}", $"control/{name}", $"{name}-FT-CT", _fineTuned[name], control.Seed, new Cell("control", name, "", 0, 0));
        }
    }

    /// <summary>Adds the fine-tuning recipe started from a model, with its checkpoints evaluated.</summary>
    /// <returns>The last checkpoint.</returns>
    private PlanStep Train(string id, string evaluated, string storeName, Source start, ulong seed, Cell cell)
    {
        var recipe = _spec.Finetune!.Recipe!;
        var train = _plan.AddTraining(id, [start], recipe.Phase.Steps, made => TrainRecipes.Finetune(recipe, made[0], seed, Input));
        PlanStep? last = null;
        foreach (var step in recipe.CheckpointSteps)
        {
            var isLast = step == recipe.Phase.Steps;
            last = _plan.AddCheckpoint($"{id}@{step}", train, step, isLast ? [$"{storeName}/{step}", storeName] : [$"{storeName}/{step}"]);
            Evaluate(last, $"{evaluated}@{step}", cell with { Step = step });
        }

        return last!;
    }

    private void Evaluate(Source model, string label, Cell cell)
    {
        foreach (var task in _spec.Tasks)
        {
            var requests = Input(task.Requests);
            _plan.AddEvaluation(
                $"evaluate/{label}/{task.Name}", model, cell, task.Name,
                checkpoint => new EvaluateRecipe(checkpoint, requests, task.Rules, EvaluateRecipe.CurrentVersion, DType.F32));
        }
    }

    private PlanStep Merge(string target, string source, double scale)
    {
        if (!_merges.TryGetValue((target, source, scale), out var merge))
        {
            merge = AddMerge(
                $"merge/{MergeName(target, source, scale, '@')}", _pretrained[target], Vector(source), scale, MergeName(target, source, scale, '/'));
            _merges.Add((target, source, scale), merge);
        }

        return merge;
    }

    private PlanStep Vector(string name)
    {
        if (!_vectors.TryGetValue(name, out var vector))
        {
            vector = AddVector($"extract/{name}", _fineTuned[name], _pretrained[name], $"vec-{name}");
            _vectors.Add(name, vector);
        }

        return vector;
    }

    private PlanStep AddVector(string id, Source fineTuned, Source pretrained, string name) =>
        _plan.Add(id, StepKind.Extract, [fineTuned, pretrained], made => new ExtractRecipe(made[0], made[1]), name);

    private PlanStep AddMerge(string id, Source target, PlanStep vector, double scale, string name) => _plan.Add(
        id, StepKind.Merge, [target, vector],
        made => new MergeRecipe(made[0], [new ScaledVector(made[1], scale)], _spec.Merge.ConfigFrom, _spec.Merge.TokenizerFrom), name);

    /// <summary>Off-diagonal cells whose source has a fine-tuning, base by base.</summary>
    private IEnumerable<(string Base, string Source)> Pairs(Direction direction) =>
        from target in Enumerable.Range(0, _names.Count)
        from source in Enumerable.Range(0, _names.Count)
        where direction switch
        {
            Direction.Forward => source < target,
            Direction.Backward => source > target,
            Direction.Both => source != target,
        }
        where _fineTuned.ContainsKey(_names[source])
        select (_names[target], _names[source]);

    private bool IsNext(string earlier, string later)
    {
        var i = _names.TakeWhile(name => name != earlier).Count();
        return i + 1 < _names.Count && _names[i + 1] == later;
    }

    private static string MergeName(string target, string source, double scale, char separator) =>
        scale == 1 ? $"{target}+{source}" : $"{target}+{source}{separator}{scale}";

    private Digest Input(SpecReference reference) => _inputs.TryGetValue(reference.Text, out var artifact)
        ? artifact
        : throw FaultException.Invalid($"Nothing says what '{reference.Text}' ({reference.Place}, line {reference.Line}) stands for.", reference.Place);
}
