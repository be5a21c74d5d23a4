using System.Net;
using System.Xml;
using System.Xml.Linq;

namespace Graft.VectorStore.Objects.S3;

/// <summary>A server's answer that is not what was asked for.</summary>
/// <param name="status">Of HTTP.</param>
/// <param name="code">Of S3, such as NoSuchKey; empty when the answer has none.</param>
/// <param name="text">For people; may be empty.</param>
/// <param name="retryAfter">When the server wants to be asked again.</param>
internal sealed class S3Refusal(HttpStatusCode status, string code, string text, TimeSpan? retryAfter) : Exception($"{(int)status} {code}: {text}")
{
    // An error of S3 is some hundred bytes; whatever else answers must not fill the memory.
    private const int MaxBytes = 64 << 10;

    // Told apart by the protocol's codes: the same statuses also carry refusals that last.
    private static readonly HashSet<string> _passing =
    [
        "SlowDown", "SlowDownRead", "SlowDownWrite", "RequestTimeout", "InternalError", "ServiceUnavailable", "OperationAborted",
        "ConditionalRequestConflict", "ConcurrentModification", "IncompleteBody", "BadDigest", "XAmzContentSHA256Mismatch", "XMinioServerNotInitialized",
    ];

    private static readonly HashSet<string> _full =
    [
        "QuotaExceeded", "ServiceQuotaExceeded", "InsufficientCapacity", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded",
    ];

    public HttpStatusCode Status => status;

    public string Code => code;

    public string Text => text;

    public TimeSpan? RetryAfter => retryAfter;

    public bool IsMissingBucket => code == "NoSuchBucket";

    public bool IsMissingObject => status == HttpStatusCode.NotFound && !IsMissingBucket;

    public bool IsFull => status == HttpStatusCode.InsufficientStorage || _full.Contains(code);

    /// <summary>Whether asking again may help.</summary>
    public bool IsPassing => !IsFull && (_passing.Contains(code)
        || status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or HttpStatusCode.InternalServerError
            or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout);

    public static async Task<S3Refusal> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var bytes = new byte[MaxBytes];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        var (code, text) = Parse(bytes.AsMemory(0, length));
        return new S3Refusal(response.StatusCode, code, text, response.Headers.RetryAfter?.Delta);
    }

    private static (string Code, string Text) Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var root = XDocument.Load(new MemoryStream(bytes.ToArray())).Root!;
            return (Find(root, "Code"), Find(root, "Message"));
        }
        catch (XmlException)
        {
            // Answers to HEAD have no body, and a proxy's are HTML.
            return ("", "");
        }
    }

    private static string Find(XElement root, string name) =>
        root.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value.Trim() ?? "";
}
