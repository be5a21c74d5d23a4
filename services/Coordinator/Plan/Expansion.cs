using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Coordinator.Spec;
using Graft.Faults;

namespace Graft.Coordinator.Plan;

/// <summary>Expands a spec into the steps of its run. Pure: the same spec and inputs give the same plan.</summary>
internal sealed class Expansion
{
    private readonly RunSpec _spec;
    private readonly PlanBuilder _plan = new();
    private readonly PlanModels _models;
    private readonly PlanCells _cells;
    private readonly HashSet<string> _continual = [];

    private Expansion(RunSpec spec, IReadOnlyDictionary<string, Digest> inputs)
    {
        _spec = spec;
        _models = new PlanModels(spec, inputs, _plan);
        _cells = new PlanCells(_models);
    }

    /// <param name="spec">The spec.</param>
    /// <param name="inputs">What each reference of the spec stands for.</param>
    /// <exception cref="FaultException">Invalid: a reference is missing, or the plan is too large.</exception>
    public static RunPlan Of(RunSpec spec, IReadOnlyDictionary<string, Digest> inputs)
    {
        var expansion = new Expansion(spec, inputs);
        expansion.AddTrajectory();
        expansion.AddFineTunings();
        expansion.AddVectors();
        expansion.AddMatrix();
        expansion.AddContinual();
        expansion.AddOneStep();
        expansion.AddRecurrent();
        expansion.AddControl();
        new InterpolationSteps(expansion._models, expansion._cells).Add(spec.Interpolation);
        SoupSteps.Add(spec.Soups, expansion._models);
        CompareSteps.Add(spec.Compare, expansion._models, expansion._plan);
        return expansion._plan.Build(spec.Name);
    }

    private void AddTrajectory()
    {
        foreach (var given in _spec.Trajectory)
        {
            var artifact = _models.Input(given.Reference);
            _plan.NameInput(given.Name, artifact);
            _models.AddPretrained(given.Name, artifact);
        }

        if (_spec.Pretrain is { } pretrain)
        {
            var recipe = TrainRecipes.Pretrain(pretrain, _models.Input);
            var train = _plan.AddTraining("pretrain", [], recipe.Steps, _ => recipe);
            foreach (var kept in pretrain.Checkpoints)
            {
                _models.AddPretrained(kept.Name, _plan.AddCheckpoint($"pretrain/{kept.Name}", train, kept.Step, kept.Name));
            }
        }

        foreach (var name in _models.Names)
        {
            _models.Evaluate(_models.Pretrained(name), $"pt/{name}", new Cell("pt", name, "", 0, 0));
        }
    }

    private void AddFineTunings()
    {
        foreach (var name in _models.Names)
        {
            if (_spec.Finetune?.Given.GetValueOrDefault(name) is { } given)
            {
                var artifact = _models.Input(given);
                _plan.NameInput($"{name}-FT", artifact);
                _models.AddFineTuned(name, 0, Repetition.None, artifact);
                _models.Evaluate(artifact, $"ft/{name}", new Cell("ft", name, "", 0, 0));
            }
        }

        foreach (var (repetition, name) in Repeated(_models.Names.Where(_models.IsTrained)))
        {
            var kept = Train("finetune", "ft", name, "-FT", repetition, _models.Pretrained(name), _spec.Finetune!.Recipe!.Seed, new Cell("ft", name, "", 0, 0));
            foreach (var (step, checkpoint) in kept)
            {
                _models.AddFineTuned(name, step, repetition, checkpoint);
            }

            _models.AddFineTuned(name, 0, repetition, kept[^1].Checkpoint);
        }
    }

    private void AddVectors()
    {
        foreach (var vector in _spec.Vectors)
        {
            _plan.NameInput($"{vector.Name}-FT", _models.Input(vector.FineTuned));
            _models.Vector(_models.KeyOf(vector.Name, 0, Repetition.None));
        }
    }

    private void AddMatrix()
    {
        if (_spec.Matrix is not { } matrix)
        {
            return;
        }

        var pairs = _cells.Of(matrix).ToList();
        foreach (var repetition in _models.Repetitions)
        {
            foreach (var scale in matrix.Scales)
            {
                foreach (var step in matrix.VectorSteps)
                {
                    foreach (var (target, source) in pairs.Where(pair => step == 0 || _models.IsTrained(pair.Source)))
                    {
                        _models.EvaluateMerge(target, _models.KeyOf(source, step, repetition), scale);
                    }
                }
            }
        }
    }

    private void AddContinual()
    {
        if (_spec.Continual is { } continual)
        {
            foreach (var (repetition, cell) in Repeated(_cells.Of(continual.Cells, continual.Chosen)))
            {
                TrainOn(cell, repetition, continual.Seed);
            }
        }
    }

    private void AddOneStep()
    {
        if (_spec.OneStep is { } oneStep)
        {
            foreach (var (repetition, cell) in Repeated(_cells.Of(CellChoice.Nearest, [])))
            {
                _models.EvaluateMerge(cell.Base, _models.KeyOf(cell.Source, 0, repetition), 1);
                TrainOn(cell, repetition, oneStep.Seed);
            }
        }
    }

    // M*_i = FT(M_i + (M*_(i-1) - M_(i-1))): what is subtracted is the raw M_(i-1), never the merge training began with.
    private void AddRecurrent()
    {
        if (_spec.Recurrent is not { } recurrent)
        {
            return;
        }

        var names = _models.Names;
        foreach (var repetition in _models.Repetitions)
        {
            var vector = _models.Vector(_models.KeyOf(names[0], 0, repetition));
            for (var i = 1; i < names.Count; i++)
            {
                var (name, prefix) = (names[i], repetition.Prefix);
                var cell = new Cell("recurrent", name, names[i - 1], 0, 1) { Seed = repetition.Seed };
                var merge = _models.AddMerge($"merge/{prefix}{name}+rec", _models.Pretrained(name), [(vector, 1)], new MergeMethod.Linear(), $"{prefix}{name}+rec");
                _models.Evaluate(merge, $"recurrent/{prefix}{name}", cell);
                var trained = Train("recurrent", "recurrent", name, "+rec-CT", repetition, merge, recurrent.Seed, cell)[^1].Checkpoint;
                if (i + 1 < names.Count)
                {
                    vector = _models.AddVector($"extract/{prefix}{name}+rec", trained, _models.Pretrained(name), $"{prefix}vec-{name}+rec");
                }
            }
        }
    }

    private void AddControl()
    {
        if (_spec.Control is { } control)
        {
            foreach (var (repetition, name) in Repeated(_models.Names))
            {
                Train("control", "control", name, "-FT-CT", repetition, _models.FineTuned(name, 0, repetition), control.Seed, new Cell("control", name, "", 0, 0));
            }
        }
    }

    /// <summary>Continual training of a cell, if it is not there yet.</summary>
    private void TrainOn(MergeCell cell, Repetition repetition, ulong seed)
    {
        var name = $"{cell.Base}+{cell.Source}";
        if (_continual.Add(repetition.Prefix + name))
        {
            var merge = _models.Merge(cell.Base, _models.KeyOf(cell.Source, 0, repetition), 1);
            Train("continual", "continual", name, "-CT", repetition, merge, seed, new Cell("continual", cell.Base, cell.Source, 0, 1));
        }
    }

    /// <summary>Adds the fine-tuning recipe started from a model, with its checkpoints evaluated.</summary>
    /// <param name="kind">Of the training, the first part of its id.</param>
    /// <param name="label">First part of the names of its evaluations.</param>
    /// <param name="name">What is trained.</param>
    /// <param name="suffix">What makes it the name of the result in the store.</param>
    /// <param name="repetition">Which of the seeds.</param>
    /// <param name="start">The model.</param>
    /// <param name="seed">Of the training, before the repetition's is added.</param>
    /// <param name="cell">What is evaluated; its step and seed are filled in.</param>
    /// <returns>The checkpoints, the last one last.</returns>
    private List<(int Step, PlanStep Checkpoint)> Train(
        string kind, string label, string name, string suffix, Repetition repetition, Source start, ulong seed, Cell cell)
    {
        var recipe = _spec.Finetune!.Recipe!;
        var (id, stored) = ($"{kind}/{repetition.Prefix}{name}", $"{repetition.Prefix}{name}{suffix}");
        var train = _plan.AddTraining(id, [start], recipe.Phase.Steps, made => TrainRecipes.Finetune(recipe, made[0], unchecked(seed + repetition.Offset), repetition.Offset, _models.Input));
        List<(int Step, PlanStep Checkpoint)> kept = [];
        foreach (var step in recipe.CheckpointSteps)
        {
            var isLast = step == recipe.Phase.Steps;
            var checkpoint = _plan.AddCheckpoint($"{id}@{step}", train, step, isLast ? [$"{stored}/{step}", stored] : [$"{stored}/{step}"]);
            _models.Evaluate(checkpoint, $"{label}/{repetition.Prefix}{name}@{step}", cell with { Step = step, Seed = repetition.Seed });
            kept.Add((step, checkpoint));
        }

        return kept;
    }

    private IEnumerable<(Repetition Repetition, T Item)> Repeated<T>(IEnumerable<T> items) =>
        from repetition in _models.Repetitions
        from item in items
        select (repetition, item);
}
