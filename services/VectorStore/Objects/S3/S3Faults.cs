using System.Net;
using System.Security.Authentication;
using System.Xml;
using Graft.Faults;
using Minio.Exceptions;
using Polly.Timeout;

namespace Graft.VectorStore.Objects.S3;

/// <summary>What the failure of an operation means to whoever has to mend it. Says server and bucket, never a key or a signed address.</summary>
internal static class S3Faults
{
    private static readonly HashSet<string> _keyCodes = ["InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidTokenId", "ExpiredToken", "InvalidToken"];
    private static readonly HashSet<string> _regionCodes =
        ["PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "InvalidRegion", "IllegalLocationConstraintException"];

    /// <summary>Null for what is not the server's doing.</summary>
    public static FaultException? Find(Exception exception, S3Options options)
    {
        var place = $"the bucket '{options.Bucket}' at {options.Endpoint}";
        return exception switch
        {
            S3Refusal refusal => Of(refusal, options, place),
            HttpRequestException { InnerException: AuthenticationException inner } => new FaultException(
                FaultKind.Precondition,
                $"The certificate of the S3 server {options.Endpoint} is not trusted ({inner.Message.TrimEnd('.')}): give its authority as {S3Options.Section}:CaFile.",
                exception),
            TimeoutRejectedException => new FaultException(
                FaultKind.Unavailable,
                $"The S3 server of {place} took longer than {options.AttemptLimit.TotalSeconds} s, again and again for {options.Patience.TotalSeconds} s.",
                exception),
            HttpRequestException or IOException => new FaultException(
                FaultKind.Unavailable,
                $"The S3 server of {place} cannot be reached, after {options.Patience.TotalSeconds} s of trying: {exception.Message}",
                exception),
            XmlException or MinioException => new FaultException(
                FaultKind.Precondition, $"What answers for {place} does not speak S3: {exception.Message}", exception),
            _ => null,
        };
    }

    private static FaultException Of(S3Refusal refusal, S3Options options, string place)
    {
        var (kind, message) = refusal switch
        {
            { IsFull: true } => (FaultKind.Exhausted, $"There is no room in {place} ({refusal.Code}): free some, or raise its quota."),
            { IsMissingBucket: true } => (FaultKind.Precondition, $"There is no longer {place}."),
            { IsPassing: true } => (
                FaultKind.Unavailable, $"The S3 server of {place} failed for {options.Patience.TotalSeconds} s, lastly with {Describe(refusal)}."),
            { Code: "RequestTimeTooSkewed" } => (FaultKind.Precondition, $"The clocks of this machine and of the S3 server of {place} differ: set them."),
            _ when _keyCodes.Contains(refusal.Code) || refusal.Status == HttpStatusCode.Unauthorized => (
                FaultKind.Precondition,
                $"The S3 server of {place} does not accept the access key and its secret ({refusal.Code}): check {S3Options.Section}:AccessKey and SecretKey, or their files."),
            _ when _regionCodes.Contains(refusal.Code) || (int)refusal.Status is >= 300 and < 400 => (
                FaultKind.Precondition, $"The S3 server of {place} expects another region or address ({Describe(refusal)}): check {S3Options.Section}:Region and Endpoint."),
            { Status: HttpStatusCode.Forbidden } => (
                FaultKind.Precondition, $"The access key may not do this in {place} ({Describe(refusal)}): it needs to list the bucket, and to get, put and delete its objects."),
            _ => (FaultKind.Precondition, $"The S3 server of {place} refuses: {Describe(refusal)}."),
        };
        return new FaultException(kind, message, refusal) { RetryAfter = refusal.RetryAfter };
    }

    private static string Describe(S3Refusal refusal) => refusal.Message.Trim(' ', ':', '.');
}
