namespace Graft.Trainer.Training;

/// <summary>When a job's state is saved again.</summary>
internal sealed class StateSchedule(TrainerOptions options, TimeProvider time, int step)
{
    // Saving takes one part of time where training takes nine.
    private const int TrainingShare = 9;

    private int _savedStep = step;
    private long _saved = time.GetTimestamp();
    private TimeSpan _cost;

    public bool IsDue(int step)
    {
        if (step == _savedStep)
        {
            return false;
        }

        var interval = options.StateInterval > _cost * TrainingShare ? options.StateInterval : _cost * TrainingShare;
        return (options.StateSteps > 0 && step - _savedStep >= options.StateSteps) || time.GetElapsedTime(_saved) >= interval;
    }

    /// <summary>Saves, and counts what it took.</summary>
    public async Task SaveAsync(int step, Func<Task> save)
    {
        var began = time.GetTimestamp();
        await save();
        _saved = time.GetTimestamp();
        _cost = time.GetElapsedTime(began, _saved);
        _savedStep = step;
    }
}
