namespace Graft.Hosting.Telemetry;

/// <summary>The one meter all of Graft's instruments belong to; hosts export it.</summary>
public static class GraftMeter
{
    public const string Name = "Graft";
}
