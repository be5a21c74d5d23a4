using System.Text;

namespace Graft.Modeling.Tokenizers;

/// <summary>
/// The alphabet of GPT-2 in which byte-level vocabularies are written: every byte is a visible character, printable Latin-1 ones
/// themselves and the others, in order, the characters from U+0100 on (a space is U+0120).
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] _characters = Characters();
    private static readonly Dictionary<char, byte> _bytes =
        Enumerable.Range(0, 256).ToDictionary(value => _characters[value], value => (byte)value);

    public static char ToCharacter(byte value) => _characters[value];

    /// <summary>The bytes a token stands for; one with a character outside it (an added token) stands for its own UTF-8.</summary>
    public static byte[] ToBytes(string token)
    {
        var bytes = new byte[token.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            if (!_bytes.TryGetValue(token[i], out bytes[i]))
            {
                return Encoding.UTF8.GetBytes(token);
            }
        }

        return bytes;
    }

    private static char[] Characters()
    {
        var characters = new char[256];
        var next = '\u0100';
        for (var value = 0; value < 256; value++)
        {
            var visible = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[value] = visible ? (char)value : next++;
        }

        return characters;
    }
}
