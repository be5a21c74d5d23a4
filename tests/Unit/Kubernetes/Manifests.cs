using System.Diagnostics;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using Xunit;

namespace Graft.Tests.Unit.Kubernetes;

/// <summary>The objects of k8s/ as kubectl renders them, each read strictly into its type: an unknown field is an error.</summary>
internal static partial class Manifests
{
    private static readonly Dictionary<string, Type> _types = new() { ["keda.sh/v1alpha1/ScaledObject"] = typeof(ScaledObject) };

    private static readonly Dictionary<string, Lazy<IReadOnlyList<IKubernetesObject>>> _compositions = new()
    {
        ["cpu"] = new(() => Render("overlays/cpu")),
        ["gpu"] = new(() => Render("overlays/gpu")),
        ["cpu with KEDA"] = new(() => Compose("base", "minio", "keda")),
        ["cpu with Kueue"] = new(() => Compose("base", "minio", "kueue")),
        ["an S3 server that exists"] = new(() => Compose("base", "s3", "queue-autoscaling")),
    };

    /// <summary>Names of everything that can be applied: the overlays, and the base with each of the other components.</summary>
    public static TheoryData<string> Compositions => [.. _compositions.Keys];

    public static IReadOnlyList<IKubernetesObject> Of(string composition) => _compositions[composition].Value;

    /// <summary>The objects of one file, such as "runs/demo.yaml".</summary>
    public static IReadOnlyList<IKubernetesObject> Read(string file) => Parse(File.ReadAllText(Path.Combine(SharedData.Repository, "k8s", file)));

    public static IReadOnlyList<T> All<T>(this IEnumerable<IKubernetesObject> objects) => [.. objects.OfType<T>()];

    public static string? Name(IKubernetesObject found) => (found as IMetadata<V1ObjectMeta>)?.Metadata.Name;

    /// <summary>The pods that deployments, stateful sets and jobs make, by the name of their maker.</summary>
    public static IReadOnlyList<(string Name, V1PodTemplateSpec Pod)> Pods(IEnumerable<IKubernetesObject> objects) =>
        [.. objects.Select(found => found switch
        {
            V1Deployment deployment => (deployment.Metadata.Name, deployment.Spec.Template),
            V1StatefulSet set => (set.Metadata.Name, set.Spec.Template),
            V1Job job => (job.Metadata.GenerateName, job.Spec.Template),
            _ => ("", null!),
        }).Where(pod => pod.Item2 is not null)];

    public static bool Matches(V1LabelSelector selector, IDictionary<string, string> labels) =>
        (selector.MatchLabels ?? new Dictionary<string, string>()).All(pair => labels.TryGetValue(pair.Key, out var value) && value == pair.Value)
        && (selector.MatchExpressions ?? []).All(rule => rule.OperatorProperty == "In"
            ? labels.TryGetValue(rule.Key, out var value) && rule.Values.Contains(value)
            : throw new NotSupportedException($"The operator {rule.OperatorProperty} is not among those our selectors use."));

    private static List<IKubernetesObject> Compose(string first, params string[] components)
    {
        var folder = Directory.CreateTempSubdirectory("graft-manifests-").FullName;
        try
        {
            var k8s = Path.GetRelativePath(folder, Path.Combine(SharedData.Repository, "k8s"));
            File.WriteAllText(
                Path.Combine(folder, "kustomization.yaml"),
                $"namespace: graft\nresources:\n- {k8s}/{first}\ncomponents:\n{string.Concat(components.Select(name => $"- {k8s}/components/{name}\n"))}");
            return Kustomize(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<IKubernetesObject> Render(string folder) => Kustomize(Path.Combine(SharedData.Repository, "k8s", folder));

    private static List<IKubernetesObject> Kustomize(string folder)
    {
        Process? kubectl = null;
        try
        {
            kubectl = Process.Start(new ProcessStartInfo("kubectl", ["kustomize", folder]) { RedirectStandardOutput = true, RedirectStandardError = true });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("Needs kubectl, 1.27 or newer, on the PATH: it renders the manifests.");
        }

        using (kubectl)
        {
            var errors = kubectl!.StandardError.ReadToEndAsync();
            var text = kubectl.StandardOutput.ReadToEnd();
            kubectl.WaitForExit();
            Assert.True(kubectl.ExitCode == 0, $"kubectl kustomize {folder} failed:\n{errors.GetAwaiter().GetResult()}");
            return Parse(text);
        }
    }

    private static List<IKubernetesObject> Parse(string yaml) =>
        [.. DocumentMark().Split(yaml)
            .Where(document => document.Split('\n').Any(line => line.Length > 0 && line[0] != '#'))
            .SelectMany(document => KubernetesYaml.LoadAllFromString(document, _types, strict: true))
            .Cast<IKubernetesObject>()];

    [GeneratedRegex(@"^---\s*$", RegexOptions.Multiline)]
    private static partial Regex DocumentMark();
}
