namespace Graft.Cli;

internal static class Sizes
{
    private static readonly string[] _units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>"512 B", "1.5 MiB".</summary>
    public static string Text(long bytes)
    {
        var size = (double)bytes;
        var unit = 0;
        while (size >= 1024 && unit < _units.Length - 1)
        {
            size /= 1024;
            unit++;
        }

        return unit == 0 ? $"{bytes} B" : $"{size:0.0} {_units[unit]}";
    }
}
