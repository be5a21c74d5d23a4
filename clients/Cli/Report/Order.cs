namespace Graft.Cli.Report;

/// <summary>Positions in lists of names.</summary>
internal static class Order
{
    /// <summary>Names that are not in the list come behind all that are.</summary>
    public static int In(IEnumerable<string> names, string name)
    {
        var index = names.ToList().IndexOf(name);
        return index < 0 ? int.MaxValue : index;
    }
}
