namespace Graft.Cli.Examples;

/// <summary>The specs that graft init writes; they are files beside this one.</summary>
internal static class SpecExample
{
    public const string Tiny = "tiny";
    public const string Olmo2 = "olmo2-7b";

    public static ReadOnlyMemory<byte> Bytes(string name)
    {
        using var stream = typeof(SpecExample).Assembly.GetManifestResourceStream($"{name}.yaml")
            ?? throw new InvalidOperationException($"There is no example {name}.");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
