using k8s;
using k8s.Models;

namespace Graft.Tests.Unit.Kubernetes;

/// <summary>KEDA's ScaledObject, as far as ours use it (keda.sh/v1alpha1).</summary>
internal sealed class ScaledObject : IKubernetesObject, IMetadata<V1ObjectMeta>
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ObjectMeta Metadata { get; set; } = new();

    public Specification Spec { get; set; } = new();

    internal sealed class Specification
    {
        public V2CrossVersionObjectReference ScaleTargetRef { get; set; } = new();

        public int MinReplicaCount { get; set; }

        public int MaxReplicaCount { get; set; }

        public int PollingInterval { get; set; }

        public int CooldownPeriod { get; set; }

        public AdvancedSettings Advanced { get; set; } = new();

        public List<Trigger> Triggers { get; set; } = [];
    }

    internal sealed class AdvancedSettings
    {
        public AutoscalerSettings HorizontalPodAutoscalerConfig { get; set; } = new();
    }

    internal sealed class AutoscalerSettings
    {
        public V2HorizontalPodAutoscalerBehavior Behavior { get; set; } = new();
    }

    internal sealed class Trigger
    {
        public string Type { get; set; } = "";

        public Dictionary<string, string> Metadata { get; set; } = [];
    }
}
