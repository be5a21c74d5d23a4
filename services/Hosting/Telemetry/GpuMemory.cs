using System.Runtime.InteropServices;

namespace Graft.Hosting.Telemetry;

/// <summary>
/// Memory of the GPUs as NVIDIA's management library tells it. It comes with the driver, needs neither CUDA nor libtorch, and asking it
/// makes no context on the device. NVML API reference: nvmlInit_v2, nvmlDeviceGetMemoryInfo.
/// </summary>
internal sealed class GpuMemory : IDisposable
{
    public const string Library = "libnvidia-ml.so.1";

    private readonly nint _library;
    private readonly GetMemory _memory;
    private readonly Plain _shutdown;

    private GpuMemory(nint library, GetMemory memory, Plain shutdown, IReadOnlyList<Device> devices)
    {
        (_library, _memory, _shutdown, Devices) = (library, memory, shutdown, devices);
    }

    private delegate int Plain();

    private delegate int GetCount(out uint count);

    private delegate int GetHandle(uint index, out nint device);

    private delegate int GetMemory(nint device, out Memory memory);

    /// <summary>In the order of the driver; in a container those it was given.</summary>
    public IReadOnlyList<Device> Devices { get; }

    /// <returns>Null where there is no such library, or it finds no GPU.</returns>
    public static GpuMemory? TryOpen(string name)
    {
        if (!NativeLibrary.TryLoad(name, out var library))
        {
            return null;
        }

        if (Export<Plain>(library, "nvmlInit_v2") is { } start
            && Export<Plain>(library, "nvmlShutdown") is { } shutdown
            && Export<GetCount>(library, "nvmlDeviceGetCount_v2") is { } count
            && Export<GetHandle>(library, "nvmlDeviceGetHandleByIndex_v2") is { } handle
            && Export<GetMemory>(library, "nvmlDeviceGetMemoryInfo") is { } memory
            && start() == 0)
        {
            return new GpuMemory(library, memory, shutdown, count(out var devices) == 0 ? Find(handle, devices) : []);
        }

        NativeLibrary.Free(library);
        return null;
    }

    /// <summary>Bytes in use and in all; null when the device does not answer.</summary>
    public (long Used, long Total)? Read(Device device) =>
        _memory(device.Handle, out var memory) == 0 ? ((long)memory.Used, (long)memory.Total) : null;

    public void Dispose()
    {
        _ = _shutdown();
        NativeLibrary.Free(_library);
    }

    private static List<Device> Find(GetHandle handle, uint count)
    {
        List<Device> devices = [];
        for (var i = 0u; i < count; i++)
        {
            if (handle(i, out var device) == 0)
            {
                devices.Add(new Device($"{i}", device));
            }
        }

        return devices;
    }

    private static T? Export<T>(nint library, string name)
        where T : Delegate =>
        NativeLibrary.TryGetExport(library, name, out var address) ? Marshal.GetDelegateForFunctionPointer<T>(address) : null;

    /// <summary>One GPU.</summary>
    /// <param name="Name">Its number.</param>
    /// <param name="Handle">The library's.</param>
    internal sealed record Device(string Name, nint Handle);

    // nvmlMemory_t
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Memory
    {
        public readonly ulong Total;
        public readonly ulong Free;
        public readonly ulong Used;
    }
}
