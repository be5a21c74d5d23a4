using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Graft.Faults;

namespace Graft.VectorStore.Rpc;

/// <summary>
/// Page tokens: where to go on, bound to the question asked, so that a token of another question is refused and not answered with
/// gaps. Opaque to callers.
/// </summary>
internal static class PageToken
{
    private const int MarkLength = 8;

    /// <param name="question">Everything that decides what is listed; not the size of a page.</param>
    /// <param name="after">The last entry given; null at the end.</param>
    public static string Encode(string question, string? after) =>
        after is null ? "" : Base64Url.EncodeToString([.. MarkOf(question), .. Encoding.UTF8.GetBytes(after)]);

    /// <returns>Null for the first page.</returns>
    /// <exception cref="FaultException">Invalid: no token of this question.</exception>
    public static string? Decode(string question, string token)
    {
        if (token.Length == 0)
        {
            return null;
        }

        if (Base64Url.IsValid(token) && Base64Url.DecodeFromChars(token) is { Length: > MarkLength } bytes && bytes.AsSpan(0, MarkLength).SequenceEqual(MarkOf(question)))
        {
            return Encoding.UTF8.GetString(bytes.AsSpan(MarkLength));
        }

        throw FaultException.Invalid(
            "The page token is not of this request: pass on next_page_token as it came, and change nothing else but the size of the page.", "page_token");
    }

    private static byte[] MarkOf(string question) => SHA256.HashData(Encoding.UTF8.GetBytes(question))[..MarkLength];
}
