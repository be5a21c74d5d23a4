using Graft.Hosting;
using Graft.Hosting.Health;
using k8s.Models;
using Xunit;

namespace Graft.Tests.Unit.Kubernetes;

/// <summary>Ports, probes, and who may talk to whom.</summary>
public sealed class NetworkTests
{
    // The arrows of ARCHITECTURE.md; "client" is a pod that runs the command line.
    private static readonly string[] _arrows =
    [
        "client -> coordinator", "client -> evaluator", "client -> merger", "client -> trainer", "client -> vector-store",
        "coordinator -> evaluator", "coordinator -> merger", "coordinator -> trainer", "coordinator -> vector-store",
        "evaluator -> vector-store", "merger -> vector-store", "trainer -> vector-store",
    ];

    private static readonly string[] _objects =
        ["client -> minio", "evaluator -> minio", "merger -> minio", "trainer -> minio", "vector-store -> minio"];

    public static TheoryData<string> Compositions => Manifests.Compositions;

    [Theory]
    [InlineData("cpu")]
    [InlineData("gpu")]
    public void Exactly_the_arrows_of_the_architecture_are_open(string composition)
    {
        var pods = Pods(composition);
        var open = from caller in pods
                   from called in pods
                   from port in PortsOf(called.Pod)
                   where MayLeave(composition, caller.Labels, called.Labels, port) && MayEnter(composition, caller.Labels, called.Labels, port)
                   select (Arrow: $"{caller.Name} -> {called.Name}", Port: port);

        Assert.Equal(_arrows.Select(arrow => (arrow, 8080)).Concat(_objects.Select(arrow => (arrow, 9000))).Order(), open.Order());
    }

    [Theory]
    [MemberData(nameof(Compositions))]
    public void What_no_policy_names_is_denied(string composition)
    {
        var deny = Policies(composition).Single(policy => policy.Metadata.Name == "deny-by-default").Spec;

        Assert.Equal(["Egress", "Ingress"], deny.PolicyTypes.Order());
        Assert.Null(deny.Ingress);
        Assert.Null(deny.Egress);
        Assert.Null(deny.PodSelector.MatchLabels);
        Assert.All(
            Policies(composition).SelectMany(policy => policy.Spec.Ingress ?? []), rule => Assert.NotEmpty(rule.FromProperty.SelectMany(_ => rule.Ports)));
        Assert.All(Policies(composition).SelectMany(policy => policy.Spec.Egress ?? []), rule => Assert.NotEmpty(rule.To.SelectMany(_ => rule.Ports)));
    }

    [Theory]
    [MemberData(nameof(Compositions))]
    public void Prometheus_of_any_namespace_reads_metrics_and_nothing_else(string composition)
    {
        var foreign = Policies(composition).Where(policy => (policy.Spec.Ingress ?? []).Any(rule => rule.FromProperty.Any(peer => peer.NamespaceSelector is not null)));

        var rule = Assert.Single(Assert.Single(foreign).Spec.Ingress);
        Assert.Equal("prometheus", Assert.Single(rule.FromProperty).PodSelector.MatchLabels["app.kubernetes.io/name"]);
        Assert.Equal("metrics", Assert.Single(rule.Ports).Port.Value);
    }

    [Theory]
    [MemberData(nameof(Compositions))]
    public void Ports_are_those_that_the_settings_listen_on(string composition)
    {
        var objects = Manifests.Of(composition);
        var hosting = objects.All<V1ConfigMap>().Single(found => found.Metadata.Name == "hosting").Data;

        Assert.All(objects.All<V1Deployment>(), found => Assert.Equal(
            new Dictionary<string, int>
            {
                ["grpc"] = Port(hosting[$"Hosting__{nameof(HostingOptions.Address)}"]),
                ["health"] = Port(hosting[$"Hosting__{nameof(HostingOptions.HealthAddress)}"]),
                ["metrics"] = Port(hosting[$"Hosting__{nameof(HostingOptions.MetricsAddress)}"]),
            },
            found.Spec.Template.Spec.Containers[0].Ports.ToDictionary(port => port.Name, port => port.ContainerPort)));

        static int Port(string address) => int.Parse(address.Split(':')[^1], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Theory]
    [MemberData(nameof(Compositions))]
    public void Probes_ask_for_health_where_it_is_answered_and_liveness_apart_from_readiness(string composition) =>
        Assert.All(Manifests.Of(composition).All<V1Deployment>(), found =>
        {
            var container = found.Spec.Template.Spec.Containers[0];
            var health = container.Ports.Single(port => port.Name == "health").ContainerPort;
            Assert.Equal((health, HealthHosting.Liveness), (container.LivenessProbe.Grpc.Port, container.LivenessProbe.Grpc.Service));
            Assert.Equal((health, HealthHosting.Liveness), (container.StartupProbe.Grpc.Port, container.StartupProbe.Grpc.Service));
            Assert.Equal((health, HealthHosting.Readiness), (container.ReadinessProbe.Grpc.Port, container.ReadinessProbe.Grpc.Service));
        });

    [Theory]
    [MemberData(nameof(Compositions))]
    public void Ports_of_services_and_policies_are_ports_of_their_pods(string composition)
    {
        var objects = Manifests.Of(composition);
        var pods = Manifests.Pods(objects);
        foreach (var service in objects.All<V1Service>())
        {
            var pod = pods.Single(pod => pod.Name == service.Metadata.Name).Pod;
            Assert.Equal("None", service.Spec.ClusterIP);
            // A headless service gives addresses only: callers use the port of the pod.
            Assert.All(service.Spec.Ports, port => Assert.Equal(port.Port, Number(pod, port.TargetPort.Value)));
        }

        Assert.All(
            objects.All<V1NetworkPolicy>().Where(policy => policy.Spec.Ingress is not null),
            policy => Assert.All(
                pods.Where(pod => Manifests.Matches(policy.Spec.PodSelector, pod.Pod.Metadata.Labels)),
                pod => Assert.All(policy.Spec.Ingress.SelectMany(rule => rule.Ports), port => Assert.NotNull(Number(pod.Pod, port.Port.Value)))));
    }

    private static int? Number(V1PodTemplateSpec pod, string port) =>
        pod.Spec.Containers[0].Ports.SingleOrDefault(found => found.Name == port || $"{found.ContainerPort}" == port)?.ContainerPort;

    private static IEnumerable<int> PortsOf(V1PodTemplateSpec? pod) => pod?.Spec.Containers[0].Ports.Select(port => port.ContainerPort) ?? [];

    private static IReadOnlyList<V1NetworkPolicy> Policies(string composition) => Manifests.Of(composition).All<V1NetworkPolicy>();

    private static bool MayLeave(string composition, IDictionary<string, string> caller, IDictionary<string, string> called, int port) =>
        Policies(composition).Where(policy => Manifests.Matches(policy.Spec.PodSelector, caller)).SelectMany(policy => policy.Spec.Egress ?? [])
            .Any(rule => rule.Ports.Any(open => open.Port.Value == $"{port}") && rule.To.Any(peer => Selects(peer, called)));

    private static bool MayEnter(string composition, IDictionary<string, string> caller, IDictionary<string, string> called, int port)
    {
        var pod = Pods(composition).Single(pod => pod.Labels == called).Pod!;
        return Policies(composition).Where(policy => Manifests.Matches(policy.Spec.PodSelector, called)).SelectMany(policy => policy.Spec.Ingress ?? [])
            .Any(rule => rule.Ports.Any(open => Number(pod, open.Port.Value) == port) && rule.FromProperty.Any(peer => Selects(peer, caller)));
    }

    // Pods of this namespace only: those of others come in by a rule of their own.
    private static bool Selects(V1NetworkPolicyPeer peer, IDictionary<string, string> labels) =>
        peer.NamespaceSelector is null && peer.PodSelector is not null && Manifests.Matches(peer.PodSelector, labels);

    private static IReadOnlyList<(string Name, IDictionary<string, string> Labels, V1PodTemplateSpec? Pod)> Pods(string composition)
    {
        var client = Assert.Single(Manifests.Pods(Manifests.Read("runs/demo.yaml"))).Pod.Metadata.Labels;
        return
        [
            .. Manifests.Pods(Manifests.Of(composition)).Select(pod => (pod.Name, pod.Pod.Metadata.Labels, (V1PodTemplateSpec?)pod.Pod)),
            ("client", client, null),
        ];
    }
}
