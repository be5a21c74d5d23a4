namespace Graft.VectorStore.Objects.S3;

/// <summary>
/// What a version of an object is: its ETag, and the identities of the last writes that led to it, newest first. A write whose
/// answer was lost finds itself among them, even when others have replaced the object meanwhile.
/// </summary>
internal readonly record struct S3Version(string ETag, string Writes)
{
    // So many may replace an object between a write and the second look of its writer. S3 keeps 2 KB of such data.
    private const int Remembered = 64;
    private const char End = ';';
    private const char Next = ',';

    public static S3Version Parse(string version)
    {
        var end = version.IndexOf(End);
        return end < 0 ? new S3Version(version, "") : new S3Version(version[..end], version[(end + 1)..]);
    }

    /// <summary>The writes that lead to what is written over this version.</summary>
    public string WritesAfter(string writeId) => string.Join(Next, (Writes ?? "").Split(Next, StringSplitOptions.RemoveEmptyEntries).Take(Remembered - 1).Prepend(writeId));

    /// <summary>Whether a write over this version is among those that led to an object.</summary>
    /// <param name="writes">Those of the object; empty when there is none.</param>
    /// <param name="writeId">The write.</param>
    /// <returns>Null when it may have been forgotten: what is remembered does not reach back to this version.</returns>
    public bool? IsAmong(string writes, string writeId)
    {
        var ids = writes.Split(Next);
        var last = (Writes ?? "").Split(Next)[0];
        var reachesBack = last.Length > 0 ? ids.Contains(last) : ids.Length < Remembered;
        return ids.Contains(writeId) ? true : reachesBack || writes.Length == 0 ? false : null;
    }

    public override string ToString() => Writes.Length == 0 ? ETag : $"{ETag}{End}{Writes}";
}
