using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Graft.Faults;

namespace Graft.Artifacts;

/// <summary>A SHA-256 as 64 lower-case hex digits: the name of a content, an artifact or a recipe.</summary>
public readonly record struct Digest
{
    public const int HexLength = 64;

    private static readonly SearchValues<char> _hexDigits = SearchValues.Create("0123456789abcdef");

    private readonly string? _hex;

    private Digest(string hex) => _hex = hex;

    public static Digest Of(ReadOnlySpan<byte> bytes) => FromHash(SHA256.HashData(bytes));

    /// <param name="hash">The 32 bytes of a SHA-256.</param>
    public static Digest FromHash(ReadOnlySpan<byte> hash) => new(Convert.ToHexStringLower(hash));

    /// <exception cref="FaultException">Invalid: not 64 lower-case hex digits.</exception>
    public static Digest Parse(string text, string? field = null) =>
        TryParse(text, out var digest)
            ? digest
            : throw FaultException.Invalid($"'{text}' is not a digest: 64 lower-case hex digits are expected.", field);

    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        var ok = text is { Length: HexLength } && !text.AsSpan().ContainsAnyExcept(_hexDigits);
        digest = ok ? new Digest(text!) : default;
        return ok;
    }

    /// <summary>The first 12 digits, for people.</summary>
    public string Short => ToString()[..12];

    public override string ToString() => _hex ?? throw new InvalidOperationException("A digest that was never set.");
}
