namespace Graft.Artifacts.Delta;

/// <summary>
/// How a chunk is encoded: its first byte. A number is the version of its encoding: once released it keeps its meaning, and a better
/// encoding gets a new one. README.md beside this file specifies the bytes.
/// </summary>
public enum ChunkCodec : byte
{
    /// <summary>The bytes as they are.</summary>
    Raw = 1,

    /// <summary>Equal to the parent.</summary>
    Same = 2,

    /// <summary>Byte planes, each compressed.</summary>
    Planes = 3,

    /// <summary>Byte planes of the difference from the parent, each compressed.</summary>
    Difference = 4,

    /// <summary>Floats of 16 or 32 bits: exponents entropy-coded, signs and mantissas plain.</summary>
    Exponents = 5,

    /// <summary>Floats of 16 or 32 bits: how they moved from the parent, entropy-coded in the context of the parent's exponents.</summary>
    Update = 6,
}
