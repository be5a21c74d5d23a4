using System.Globalization;
using k8s.Models;
using Xunit;

namespace Graft.Tests.Unit.Kubernetes;

/// <summary>What pods ask for, and what they may have.</summary>
public sealed class ResourceTests
{
    public static TheoryData<string> Compositions => Manifests.Compositions;

    [Theory]
    [MemberData(nameof(Compositions))]
    public void Requests_are_within_limits_and_both_are_said(string composition) => Assert.All(Containers(composition), container =>
    {
        var (requests, limits) = (container.Resources.Requests, container.Resources.Limits);
        Assert.Superset(new HashSet<string> { "cpu", "memory" }, requests.Keys.ToHashSet());
        Assert.Superset(new HashSet<string> { "cpu", "memory" }, limits.Keys.ToHashSet());
        Assert.All(requests, request => Assert.InRange(request.Value.ToDecimal(), 0.001m, limits[request.Key].ToDecimal()));
    });

    [Theory]
    [MemberData(nameof(Compositions))]
    public void Scratch_volumes_have_a_size_that_the_pod_may_use_and_caches_fit_in(string composition)
    {
        var objects = Manifests.Of(composition);
        foreach (var deployment in objects.All<V1Deployment>())
        {
            var pod = deployment.Spec.Template.Spec;
            var onDisk = pod.Volumes.Where(volume => volume.EmptyDir is { Medium: null or "" }).Sum(volume => volume.EmptyDir.SizeLimit.ToDecimal());
            var inMemory = pod.Volumes.Where(volume => volume.EmptyDir is { Medium: "Memory" }).Sum(volume => volume.EmptyDir.SizeLimit.ToDecimal());
            var limits = pod.Containers[0].Resources.Limits;
            var settings = objects.All<V1ConfigMap>().Single(found => found.Metadata.Name == deployment.Metadata.Name).Data;
            var cache = settings.TryGetValue("Client__CacheDiskBytes", out var text) ? decimal.Parse(text, CultureInfo.InvariantCulture) : 0;

            Assert.All(pod.Volumes.Where(volume => volume.EmptyDir is not null), volume => Assert.NotNull(volume.EmptyDir.SizeLimit));
            Assert.InRange(onDisk, 1, limits["ephemeral-storage"].ToDecimal());
            // A file of the store's kind, or two spooled tensors, beside the cache.
            Assert.InRange(cache, 0, onDisk * 0.6m);
            Assert.InRange(inMemory, 0, limits["memory"].ToDecimal() / 2);
        }
    }

    [Fact]
    public void On_GPUs_every_trainer_and_evaluator_has_one_and_nobody_else_holds_any()
    {
        var pods = Manifests.Pods(Manifests.Of("gpu"));
        foreach (var (name, setting) in new[] { ("trainer", "Trainer__Device"), ("evaluator", "Evaluator__Device") })
        {
            var worker = pods.Single(pod => pod.Name == name).Pod.Spec;
            var resources = worker.Containers[0].Resources;

            Assert.Equal((1m, 1m), (resources.Requests["nvidia.com/gpu"].ToDecimal(), resources.Limits["nvidia.com/gpu"].ToDecimal()));
            Assert.Contains(worker.Tolerations, toleration => toleration is { Key: "nvidia.com/gpu", OperatorProperty: "Exists", Effect: "NoSchedule" });
            Assert.Equal("true", worker.NodeSelector["nvidia.com/gpu.present"]);
            Assert.EndsWith("-cuda", worker.Containers[0].Image, StringComparison.Ordinal);
            Assert.Equal("1", Settings("gpu", name)["Jobs__MaxConcurrentJobs"]);
            Assert.Equal("cuda", Settings("gpu", name)[setting]);
        }

        Assert.Contains(pods.Single(pod => pod.Name == "trainer").Pod.Spec.Containers[0].VolumeMounts, mount => mount.MountPath == "/dev/shm");
        Assert.All(
            pods.Where(pod => pod.Name is not ("trainer" or "evaluator")),
            pod => Assert.DoesNotContain("nvidia.com/gpu", pod.Pod.Spec.Containers[0].Resources.Limits.Keys));
    }

    [Theory]
    [MemberData(nameof(Compositions))]
    public void A_pod_has_time_to_save_before_it_is_killed(string composition)
    {
        foreach (var deployment in Manifests.Of(composition).All<V1Deployment>())
        {
            var pod = deployment.Spec.Template.Spec;
            var wait = pod.Containers[0].Lifecycle.PreStop.Sleep.Seconds;
            // 30 seconds is what a .NET host gives itself where nothing else is set.
            var save = Settings(composition, deployment.Metadata.Name).TryGetValue("Trainer__LastSaveLimit", out var text)
                ? TimeSpan.Parse(text, CultureInfo.InvariantCulture).TotalSeconds
                : 30;

            Assert.InRange(wait + save + 5, 1, pod.TerminationGracePeriodSeconds!.Value);
        }
    }

    [Theory]
    [MemberData(nameof(Compositions))]
    public void Workers_take_as_many_jobs_as_they_are_scaled_by(string composition)
    {
        var objects = Manifests.Of(composition);
        var targets = objects.All<V2HorizontalPodAutoscaler>()
            .Select(found => (found.Spec.ScaleTargetRef.Name, Jobs: Assert.Single(found.Spec.Metrics).External.Target.AverageValue.ToString()))
            .Concat(objects.All<ScaledObject>().Select(found => (found.Spec.ScaleTargetRef.Name, Jobs: Assert.Single(found.Spec.Triggers).Metadata["threshold"])));

        Assert.All(targets, target => Assert.Equal(Settings(composition, target.Name)["Jobs__MaxConcurrentJobs"], target.Jobs));
    }

    private static IDictionary<string, string> Settings(string composition, string name) =>
        Manifests.Of(composition).All<V1ConfigMap>().Single(found => found.Metadata.Name == name).Data;

    private static IEnumerable<V1Container> Containers(string composition) =>
        Manifests.Pods(Manifests.Of(composition)).SelectMany(pod => pod.Pod.Spec.Containers);
}
