namespace Graft.Coordinator.Spec;

/// <summary>A key of a spec. The parser reads by it, and the schema for editors is made of it, so that the two cannot differ.</summary>
/// <param name="Name">As written.</param>
/// <param name="About">What it says, in a line.</param>
internal abstract record SpecKey(string Name, string About)
{
    /// <summary>Whether it may never be left out. The parser may need others too, depending on what is there.</summary>
    public bool IsRequired { get; init; }

    /// <summary>What its absence means, in words or as the value; null for what <see cref="About"/> says, or nothing.</summary>
    public string? Default { get; init; }

    /// <summary>What its value looks like.</summary>
    public abstract SpecValue Shape { get; }
}

/// <summary>A key whose value has a certain look.</summary>
internal sealed record SpecKey<T>(string Name, string About, T Value) : SpecKey(Name, About)
    where T : SpecValue
{
    public override SpecValue Shape => Value;
}

/// <summary>The keys of one mapping.</summary>
/// <param name="Name">One word, unique in the spec.</param>
/// <param name="About">What the mapping is.</param>
/// <param name="Keys">In the order in which they are best written.</param>
internal sealed record SpecSection(string Name, string About, params IReadOnlyList<SpecKey> Keys);
