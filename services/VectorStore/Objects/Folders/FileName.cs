using System.Text;

namespace Graft.VectorStore.Objects.Folders;

/// <summary>
/// What stands behind the kind of a key as one file name: "/" becomes "~" (so that "a" and "a/b" can both be there) and a capital
/// "!" and its small letter (so that "m1" and "M1" differ on file systems that ignore case). Neither sign occurs in keys.
/// </summary>
internal static class FileName
{
    public const int MaxLength = 255;

    public static string Encode(string rest)
    {
        var name = new StringBuilder(rest.Length + 8);
        foreach (var letter in rest)
        {
            _ = letter switch
            {
                '/' => name.Append('~'),
                >= 'A' and <= 'Z' => name.Append('!').Append((char)(letter | 0x20)),
                _ => name.Append(letter),
            };
        }

        return name.ToString();
    }

    /// <summary>Null for a file that no key encodes to; somebody else put it there.</summary>
    public static string? Decode(string name)
    {
        var rest = new StringBuilder(name.Length);
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] != '!')
            {
                rest.Append(name[i] == '~' ? '/' : name[i]);
            }
            else if (++i < name.Length)
            {
                rest.Append(char.ToUpperInvariant(name[i]));
            }
        }

        var decoded = rest.ToString();
        return decoded.Split('/').All(ObjectKey.IsPart) && Encode(decoded) == name ? decoded : null;
    }
}
