using System.ComponentModel.DataAnnotations;

namespace Graft.Trainer;

/// <summary>Settings of the trainer, section "Trainer".</summary>
public sealed class TrainerOptions
{
    /// <summary>
    /// Threads of one job's tensor operations. Part of what makes results bit-identical: the same recipe on another number of
    /// threads may differ in the last bits. One thread a job and several jobs at a time is the faster use of a few cores.
    /// </summary>
    [Range(1, 1024)]
    public int Threads { get; set; } = 1;

    /// <summary>Time between saves of the training state, which is where an interrupted job goes on. The state does not influence results.</summary>
    public TimeSpan StateInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>"auto" (CUDA when there is a device), "cpu" or "cuda:N".</summary>
    public string Device { get; set; } = "auto";
}
