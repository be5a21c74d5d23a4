using Graft.Artifacts;
using Graft.Faults;
using Graft.Modeling.Native;
using Microsoft.Extensions.Options;
using static TorchSharp.torch;

namespace Graft.Trainer.Devices;

/// <summary>The devices this trainer's settings and machine come to; looked up when the first job needs them, as it loads libtorch.</summary>
internal sealed class ComputeDevices(IOptions<TrainerOptions> options)
{
    private readonly Lazy<DevicePool> _pool = new(() => new DevicePool(Find(options.Value.Device)));

    /// <exception cref="FaultException">Precondition: the settings ask for a device this machine does not have.</exception>
    public DevicePool Pool => _pool.Value;

    /// <summary>What a recipe computes in unless it is told: bf16 where there is a GPU, which has units for it; fp32 on a CPU.</summary>
    public DType DefaultComputeDType => Pool.IsCpu ? DType.F32 : DType.BF16;

    private static IReadOnlyList<string> Find(string setting)
    {
        if (setting == "cpu")
        {
            return ["cpu"];
        }

        TorchRuntime.Load();
        return Choose(setting, cuda.is_available() ? cuda.device_count() : 0);
    }

    /// <param name="setting">"auto", "cpu", "cuda" or "cuda:N".</param>
    /// <param name="count">CUDA devices of the machine.</param>
    internal static IReadOnlyList<string> Choose(string setting, int count)
    {
        var all = Enumerable.Range(0, count).Select(index => $"cuda:{index}").ToArray();
        string[] chosen = setting switch
        {
            "cpu" => ["cpu"],
            "auto" => count > 0 ? all : ["cpu"],
            "cuda" => all,
            _ => [.. all.Where(name => name == setting)],
        };
        return chosen.Length > 0
            ? chosen
            : throw FaultException.Precondition(
                $"Trainer:Device is {setting}, and {(count == 0 ? "libtorch sees no CUDA device here (the CPU build sees none; -p:Torch=cuda builds the other)" : $"this machine has cuda:0 to cuda:{count - 1}")}.");
    }
}
