using Graft.Faults;
using Graft.Modeling.Native;
using static TorchSharp.torch;

namespace Graft.Modeling.Devices;

/// <summary>
/// The devices of this process. Services whose settings say the same share them, one job each, whichever service it is of; they are looked
/// up when the first job needs them, as that loads libtorch.
/// </summary>
public sealed class ComputeDevices
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, DevicePool> _pools = [];

    /// <param name="setting">"auto" (all CUDA devices, or the CPU where there is none), "cpu", "cuda" (all of them) or "cuda:N".</param>
    /// <param name="name">What the setting is called, such as "Trainer:Device".</param>
    /// <exception cref="FaultException">Precondition: the settings ask for a device this machine does not have.</exception>
    public DevicePool Pool(string setting, string name)
    {
        lock (_lock)
        {
            if (!_pools.TryGetValue(setting, out var pool))
            {
                pool = new DevicePool(Find(setting, name));
                _pools.Add(setting, pool);
            }

            return pool;
        }
    }

    private static IReadOnlyList<string> Find(string setting, string name)
    {
        if (setting == "cpu")
        {
            return ["cpu"];
        }

        TorchRuntime.Load();
        return Choose(setting, name, cuda.is_available() ? cuda.device_count() : 0);
    }

    /// <param name="setting">"auto", "cpu", "cuda" or "cuda:N".</param>
    /// <param name="name">What the setting is called.</param>
    /// <param name="count">CUDA devices of the machine.</param>
    internal static IReadOnlyList<string> Choose(string setting, string name, int count)
    {
        var all = Enumerable.Range(0, count).Select(index => $"cuda:{index}").ToArray();
        string[] chosen = setting switch
        {
            "cpu" => ["cpu"],
            "auto" => count > 0 ? all : ["cpu"],
            "cuda" => all,
            _ => [.. all.Where(device => device == setting)],
        };
        return chosen.Length > 0
            ? chosen
            : throw FaultException.Precondition(
                $"{name} is {setting}, and {(count == 0 ? "libtorch sees no CUDA device here (the CPU build sees none; -p:Torch=cuda builds the other)" : $"this machine has cuda:0 to cuda:{count - 1}")}.");
    }
}
