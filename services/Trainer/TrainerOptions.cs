using System.ComponentModel.DataAnnotations;

namespace Graft.Trainer;

/// <summary>Settings of the trainer, section "Trainer".</summary>
public sealed class TrainerOptions
{
    public const string DeviceName = "Trainer:Device";

    /// <summary>
    /// Threads of one job's tensor operations. Part of what makes results bit-identical: the same recipe on another number of
    /// threads may differ in the last bits. One thread a job and several jobs at a time is the faster use of a few cores.
    /// </summary>
    [Range(1, 1024)]
    public int Threads { get; set; } = 1;

    /// <summary>
    /// Time between saves of the training state, which is where an interrupted job goes on; longer where a save takes long, so that
    /// saving costs a tenth of the time at most; 0 saves after every step. The state does not influence results. The default value is 10 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "24:00:00")]
    public TimeSpan StateInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Steps between saves of the training state, whatever they cost: what a crash costs at most. The default value is 0, for time alone.</summary>
    [Range(0, int.MaxValue)]
    public int StateSteps { get; set; }

    /// <summary>Time a job that is asked to stop has for its last save; the host waits as long. The default value is 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan LastSaveLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>"auto" (all CUDA devices, or the CPU where there is none), "cpu", "cuda" (all of them) or "cuda:N". The default value is "auto".</summary>
    [RegularExpression("^(auto|cpu|cuda(:[0-9]+)?)$", ErrorMessage = "Trainer:Device is auto, cpu, cuda or cuda:N.")]
    public string Device { get; set; } = "auto";

    /// <summary>Floating operations a second one device can do in the compute dtype, for the utilisation; 0 while unknown, and none is told.</summary>
    [Range(0, double.MaxValue)]
    public double PeakFlops { get; set; }
}
