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

        // Zero means every step, and is meant.
        var isCheap = options.StateInterval == TimeSpan.Zero || time.GetElapsedTime(_saved) >= _cost * TrainingShare;
        return (options.StateSteps > 0 && step - _savedStep >= options.StateSteps) || (isCheap && time.GetElapsedTime(_saved) >= options.StateInterval);
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
