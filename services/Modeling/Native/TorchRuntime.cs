using System.Runtime.InteropServices;
using Graft.Faults;

namespace Graft.Modeling.Native;

/// <summary>
/// Brings libtorch into the process. TorchSharp's own loader gives up on Linux hosts whose libstdc++ is older than GCC 13 (Debian 12,
/// Ubuntu 22.04, RHEL 9); there a patched copy of its one small library is loaded instead (<see cref="GlibcxxPatch"/>), and TorchSharp
/// then finds it by its SONAME among the libraries already loaded.
/// </summary>
public static class TorchRuntime
{
    private const string Wrapper = "libLibTorchSharp.so";

    // What the wrapper needs, in the order in which each can be loaded by its path.
    private static readonly string[] _needs = ["libgomp-98b21ff3.so.1", "libc10.so", "libtorch_cpu.so", "libtorch.so"];

    private static readonly Lazy<bool> _loaded = new(LoadOnce);

    /// <summary>Loads libtorch once for the process; later calls cost nothing. Must run before anything of TorchSharp does.</summary>
    /// <exception cref="FaultException">Precondition: this host cannot run libtorch; the message says why.</exception>
    public static void Load() => _ = _loaded.Value;

    private static bool LoadOnce()
    {
        // Only this platform has the problem; elsewhere TorchSharp loads itself at its first call.
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return false;
        }

        var original = NativeFolder.Find(Wrapper)
            ?? throw FaultException.Precondition($"{Wrapper} is not beside the program; build or publish it again for linux-x64.");
        LoadNeeds(Path.GetDirectoryName(original)!);
        try
        {
            // Asking the dynamic linker is the only test that is right whatever libstdc++ it chose (system, conda, LD_LIBRARY_PATH).
            NativeLibrary.Load(original);
        }
        catch (DllNotFoundException e) when (e.Message.Contains(GlibcxxPatch.Version, StringComparison.Ordinal))
        {
            LoadPatched(original);
        }
        catch (DllNotFoundException e)
        {
            throw new FaultException(FaultKind.Precondition, $"This host cannot load libtorch: {e.Message}", e);
        }

        return true;
    }

    private static void LoadPatched(string original)
    {
        var copy = PatchedCopy.Make(original, PatchedCopy.Folders());
        try
        {
            NativeLibrary.Load(copy);
        }
        catch (DllNotFoundException e)
        {
            throw new FaultException(FaultKind.Precondition, $"This host cannot load libtorch, not even with {copy}: {e.Message}", e);
        }
    }

    private static void LoadNeeds(string folder)
    {
        foreach (var path in _needs.Select(name => Path.Combine(folder, name)).Where(File.Exists))
        {
            NativeLibrary.TryLoad(path, out _);
        }
    }
}
