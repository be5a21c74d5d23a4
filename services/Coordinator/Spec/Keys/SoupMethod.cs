namespace Graft.Coordinator.Spec.Keys;

/// <summary>How a spec calls the ways in which vectors become one.</summary>
internal enum SoupMethod
{
    Linear,
    Mean,
    Ties,
    Dare,
}
