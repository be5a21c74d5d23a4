using k8s;
using k8s.Models;
using Xunit;

namespace Graft.Tests.Unit.Kubernetes;

/// <summary>The rules of the Pod Security Standard "restricted", one by one, and what is ours beyond them.</summary>
public sealed class SecurityTests
{
    public static TheoryData<string> Compositions => Manifests.Compositions;

    [Theory]
    [MemberData(nameof(Compositions))]
    public void Pods_keep_to_restricted(string composition) => AssertRestricted(Manifests.Of(composition));

    [Theory]
    [InlineData("runs/demo.yaml")]
    [InlineData("runs/matrix.yaml")]
    public void Runs_keep_to_restricted(string file) => AssertRestricted(Manifests.Read(file));

    [Theory]
    [MemberData(nameof(Compositions))]
    public void The_namespace_enforces_it(string composition)
    {
        var found = Assert.Single(Manifests.Of(composition).All<V1Namespace>());

        Assert.Equal("graft", found.Metadata.Name);
        Assert.Equal("restricted", found.Metadata.Labels["pod-security.kubernetes.io/enforce"]);
    }

    [Theory]
    [MemberData(nameof(Compositions))]
    public void No_secret_is_in_the_manifests(string composition)
    {
        var objects = Manifests.Of(composition);

        Assert.Empty(objects.All<V1Secret>());
        Assert.All(objects.All<V1ConfigMap>().SelectMany(found => found.Data.Keys), key => Assert.DoesNotMatch("(?i)(Key|Secret|Password|Token)$", key));
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("gpu")]
    public void Images_are_pinned(string composition) => Assert.All(
        Manifests.Pods(Manifests.Of(composition)), pod => Assert.Matches(@"^[a-z0-9.-]+\.[a-z]+/[a-z0-9/-]+(:(?!latest)[\w.-]+|@sha256:[0-9a-f]{64})$", pod.Pod.Spec.Containers[0].Image));

    private static void AssertRestricted(IReadOnlyList<IKubernetesObject> objects) => Assert.All(Manifests.Pods(objects), pod =>
    {
        var spec = pod.Pod.Spec;
        Assert.True(spec.SecurityContext.RunAsNonRoot);
        Assert.InRange(spec.SecurityContext.RunAsUser!.Value, 1, long.MaxValue);
        Assert.Equal("RuntimeDefault", spec.SecurityContext.SeccompProfile.Type);
        Assert.False(spec.AutomountServiceAccountToken);
        Assert.True(spec.HostNetwork is null or false && spec.HostPID is null or false && spec.HostIPC is null or false);
        Assert.Empty(spec.InitContainers ?? []);
        Assert.All(spec.Volumes, volume => Assert.True(
            volume.EmptyDir is not null || volume.Secret is not null || volume.ConfigMap is not null || volume.Projected is not null,
            $"{pod.Name}: the volume {volume.Name} is of another kind."));
        Assert.All(spec.Containers, container =>
        {
            Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
            Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
            Assert.True(container.SecurityContext.Privileged is null or false);
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            Assert.Empty(container.SecurityContext.Capabilities.Add ?? []);
            Assert.All(container.Ports ?? [], port => Assert.Null(port.HostPort));
        });
    });
}
