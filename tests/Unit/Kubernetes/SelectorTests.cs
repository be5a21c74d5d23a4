using k8s.Models;
using Xunit;

namespace Graft.Tests.Unit.Kubernetes;

/// <summary>What points at something points at something that is there.</summary>
public sealed class SelectorTests
{
    private static readonly string[] _services = ["vector-store", "coordinator", "trainer", "merger", "evaluator"];

    public static TheoryData<string> Compositions => Manifests.Compositions;

    [Theory]
    [MemberData(nameof(Compositions))]
    public void Every_service_has_its_deployment_service_account_settings_and_budget(string composition)
    {
        var objects = Manifests.Of(composition);

        Assert.Equal(_services.Order(), objects.All<V1Deployment>().Select(found => found.Metadata.Name).Order());
        Assert.Empty(_services.Except(objects.All<V1Service>().Select(found => found.Metadata.Name)));
        Assert.Empty(_services.Except(objects.All<V1ServiceAccount>().Select(found => found.Metadata.Name)));
        Assert.Empty(_services.Except(objects.All<V1ConfigMap>().Select(found => found.Metadata.Name)));
        Assert.Empty(_services.Except(objects.All<V1PodDisruptionBudget>().Select(found => found.Metadata.Name)));
    }

    [Theory]
    [MemberData(nameof(Compositions))]
    public void Names_are_unique_and_all_is_in_the_namespace(string composition)
    {
        var objects = Manifests.Of(composition);
        Type[] wide = [typeof(V1Namespace), typeof(V1PriorityClass)];

        Assert.Distinct(objects.Select(found => $"{found.Kind}/{Manifests.Name(found)}"));
        Assert.All(
            objects.Where(found => !wide.Contains(found.GetType())),
            found => Assert.Equal("graft", ((IMetadata<V1ObjectMeta>)found).Metadata.NamespaceProperty));
    }

    [Theory]
    [MemberData(nameof(Compositions))]
    public void A_selector_selects_the_pods_it_is_for(string composition)
    {
        var objects = Manifests.Of(composition);
        var pods = Manifests.Pods(objects);

        Assert.All(objects.All<V1Deployment>(), found => Assert.True(Manifests.Matches(found.Spec.Selector, found.Spec.Template.Metadata.Labels)));
        Assert.All(objects.All<V1StatefulSet>(), found => Assert.True(Manifests.Matches(found.Spec.Selector, found.Spec.Template.Metadata.Labels)));
        Assert.All(objects.All<V1Service>(), found => Assert.Equal([found.Metadata.Name], Selected(new V1LabelSelector { MatchLabels = found.Spec.Selector })));
        Assert.All(objects.All<V1PodDisruptionBudget>(), found => Assert.Equal([found.Metadata.Name], Selected(found.Spec.Selector)));
        Assert.All(
            pods.Where(pod => pod.Pod.Spec.TopologySpreadConstraints is not null),
            pod => Assert.All(pod.Pod.Spec.TopologySpreadConstraints, spread => Assert.Equal([pod.Name], Selected(spread.LabelSelector))));

        IEnumerable<string> Selected(V1LabelSelector selector) =>
            pods.Where(pod => Manifests.Matches(selector, pod.Pod.Metadata.Labels)).Select(pod => pod.Name);
    }

    [Theory]
    [MemberData(nameof(Compositions))]
    public void What_a_pod_refers_to_is_there(string composition)
    {
        var objects = Manifests.Of(composition);
        var settings = objects.All<V1ConfigMap>().Select(found => found.Metadata.Name).ToHashSet();
        var accounts = objects.All<V1ServiceAccount>().Select(found => found.Metadata.Name).ToHashSet();
        var priorities = objects.All<V1PriorityClass>().Select(found => found.Metadata.Name).ToHashSet();

        Assert.All(Manifests.Pods(objects), pod =>
        {
            var container = Assert.Single(pod.Pod.Spec.Containers);
            Assert.Contains(pod.Pod.Spec.ServiceAccountName, accounts);
            Assert.Contains(pod.Pod.Spec.PriorityClassName, priorities);
            Assert.Subset(settings, (container.EnvFrom ?? []).Select(source => source.ConfigMapRef.Name).ToHashSet());
            Assert.Subset(pod.Pod.Spec.Volumes.Select(volume => volume.Name).Concat(Claims(pod.Name)).ToHashSet(), container.VolumeMounts.Select(mount => mount.Name).ToHashSet());
        });

        IEnumerable<string> Claims(string name) => objects.All<V1StatefulSet>()
            .Where(set => set.Metadata.Name == name).SelectMany(set => set.Spec.VolumeClaimTemplates).Select(claim => claim.Metadata.Name);
    }

    [Theory]
    [MemberData(nameof(Compositions))]
    public void Only_workers_are_scaled_and_none_has_a_number_beside(string composition)
    {
        var objects = Manifests.Of(composition);
        string[] scaled =
        [
            .. objects.All<V2HorizontalPodAutoscaler>().Select(found => found.Spec.ScaleTargetRef.Name),
            .. objects.All<ScaledObject>().Select(found => found.Spec.ScaleTargetRef.Name),
        ];

        Assert.Distinct(scaled);
        Assert.All(scaled, name => Assert.Contains(name, new[] { "trainer", "merger", "evaluator" }));
        Assert.All(objects.All<V1Deployment>(), found => Assert.Equal(scaled.Contains(found.Metadata.Name), found.Spec.Replicas is null));
        var coordinator = objects.All<V1Deployment>().Single(found => found.Metadata.Name == "coordinator");
        Assert.Equal((1, "Recreate"), (coordinator.Spec.Replicas, coordinator.Spec.Strategy.Type));
    }

    [Fact]
    public void Interactive_work_goes_before_batch_and_batch_pushes_nobody_out()
    {
        var classes = Manifests.Of("cpu").All<V1PriorityClass>().ToDictionary(found => found.Metadata.Name);
        var of = Manifests.Pods(Manifests.Of("cpu")).ToDictionary(pod => pod.Name, pod => pod.Pod.Spec.PriorityClassName);

        Assert.True(classes["graft-interactive"].Value > classes["graft-batch"].Value);
        Assert.Equal("Never", classes["graft-batch"].PreemptionPolicy);
        Assert.Equal(["coordinator", "minio", "vector-store"], of.Where(pair => pair.Value == "graft-interactive").Select(pair => pair.Key).Order());
    }

    [Fact]
    public void Kueue_admits_trainers_and_evaluators() => Assert.Equal(
        ["evaluator", "trainer"],
        Manifests.Of("cpu with Kueue").All<V1Deployment>()
            .Where(found => found.Metadata.Labels.TryGetValue("kueue.x-k8s.io/queue-name", out var queue) && queue == "graft")
            .Select(found => found.Metadata.Name).Order());
}
