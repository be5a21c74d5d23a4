using System.Text.Json;

namespace Graft.Tests.EndToEnd.Monitoring;

/// <summary>k8s/monitoring of the repository.</summary>
internal static class MonitoringFolder
{
    public static string Path { get; } = System.IO.Path.Combine(SharedData.Repository, "k8s", "monitoring");

    public static IReadOnlyList<string> Dashboards { get; } =
        [.. Directory.GetFiles(System.IO.Path.Combine(Path, "dashboards"), "*.json").Select(file => System.IO.Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    public static JsonElement Dashboard(string file) =>
        JsonDocument.Parse(File.ReadAllText(System.IO.Path.Combine(Path, "dashboards", file))).RootElement;

    public static string Read(string file) => File.ReadAllText(System.IO.Path.Combine(Path, file));
}
