using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;

namespace Graft.Hosting.Telemetry;

/// <summary>What is running and on what: graft_build_info, and the memory of the GPUs this process may use.</summary>
internal sealed class HostMetrics : IDisposable
{
    private readonly IReadOnlyList<GpuMemory.Device> _devices;
    private readonly GpuMemory? _gpus;

    public HostMetrics(IMeterFactory meters)
        : this(meters, GpuMemory.TryOpen(GpuMemory.Library))
    {
    }

    internal HostMetrics(IMeterFactory meters, GpuMemory? gpus)
    {
        _gpus = gpus;
        _devices = gpus?.Devices ?? [];
        var meter = meters.Create(GraftMeter.Name);
        var assembly = typeof(HostMetrics).Assembly;
        var version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        var build = new TagList { { "version", version }, { "runtime", Environment.Version.ToString() } };
        meter.CreateObservableGauge("graft_build_info", () => new Measurement<long>(1, build), description: "Always 1; what runs is in the labels.");
        meter.CreateObservableGauge("graft_gpu_memory_used", () => Read(memory => memory.Used), "By", "Memory in use on a GPU, by all of its processes.");
        meter.CreateObservableGauge("graft_gpu_memory", () => Read(memory => memory.Total), "By", "Memory a GPU has.");
    }

    public void Dispose() => _gpus?.Dispose();

    private IEnumerable<Measurement<long>> Read(Func<(long Used, long Total), long> value)
    {
        foreach (var device in _devices)
        {
            if (_gpus!.Read(device) is { } memory)
            {
                yield return new Measurement<long>(value(memory), new KeyValuePair<string, object?>("device", device.Name));
            }
        }
    }
}
