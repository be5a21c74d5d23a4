using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace Graft.VectorStore.Objects.S3;

/// <summary>What can be found wrong with the options before the first request.</summary>
internal static partial class S3OptionsCheck
{
    // A prefix, a key and what marks its end must stay below the 512 characters that the Minio package takes.
    private const int MaxPrefixLength = 200;

    /// <summary>Every mistake, each with the setting it is in. No secret is in them.</summary>
    public static IEnumerable<string> Mistakes(S3Options options) =>
    [
        .. Address(options.Endpoint, nameof(S3Options.Endpoint)),
        .. options.PublicEndpoint.Length == 0 ? [] : Address(options.PublicEndpoint, nameof(S3Options.PublicEndpoint)),
        .. Place(options),
        .. Key(options.AccessKey, options.AccessKeyFile, nameof(S3Options.AccessKey)),
        .. Key(options.SecretKey, options.SecretKeyFile, nameof(S3Options.SecretKey)),
        .. Authorities(options.CaFile),
        .. Limit(options.Patience, nameof(S3Options.Patience)),
        .. Limit(options.AttemptLimit, nameof(S3Options.AttemptLimit)),
    ];

    private static IEnumerable<string> Address(string text, string setting)
    {
        var isAddress = Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";
        if (!isAddress || uri!.PathAndQuery != "/" || uri.Fragment.Length + uri.UserInfo.Length > 0)
        {
            yield return $"{S3Options.Section}:{setting} is '{(uri?.UserInfo.Length > 0 ? "..." : text)}': write http:// or https://, a host and a port, nothing else.";
        }
        else if (uri.HostNameType == UriHostNameType.IPv6)
        {
            yield return $"{S3Options.Section}:{setting} is '{text}': give the host a name, the S3 client takes no IPv6 address.";
        }
    }

    private static IEnumerable<string> Place(S3Options options)
    {
        if (!BucketName().IsMatch(options.Bucket) || options.Bucket.Contains("..", StringComparison.Ordinal))
        {
            yield return $"{S3Options.Section}:Bucket is '{options.Bucket}': 3 to 63 small letters, digits, hyphens and single dots, "
                + "a letter or digit at both ends.";
        }

        if (options.Prefix.Length > MaxPrefixLength || !options.Prefix.Trim('/').Split('/').All(part => part.Length == 0 || ObjectKey.IsPart(part)))
        {
            yield return $"{S3Options.Section}:Prefix is '{options.Prefix}': parts of letters, digits, '.', '_', '-' and '+' between slashes, "
                + $"{MaxPrefixLength} characters in all.";
        }

        if (string.IsNullOrWhiteSpace(options.Region))
        {
            yield return $"{S3Options.Section}:Region is empty: us-east-1 where the server has none.";
        }
    }

    private static IEnumerable<string> Key(string value, string file, string setting)
    {
        if (file.Length == 0 && value.Length == 0)
        {
            yield return $"{S3Options.Section}:{setting} is missing: set it, or {S3Options.Section}:{setting}File for a file that holds it.";
        }

        if (file.Length > 0 && Problem(file, static path => File.ReadAllText(path).Trim().Length == 0 ? "it is empty" : null) is { } problem)
        {
            yield return $"{S3Options.Section}:{setting}File is '{file}', which cannot be used: {problem}.";
        }
    }

    private static IEnumerable<string> Authorities(string file)
    {
        if (file.Length > 0 && Problem(file, static path => Certificates(path).Count == 0 ? "it holds no certificate in PEM" : null) is { } problem)
        {
            yield return $"{S3Options.Section}:CaFile is '{file}', which cannot be used: {problem}.";
        }
    }

    private static IEnumerable<string> Limit(TimeSpan value, string setting)
    {
        if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(1))
        {
            yield return $"{S3Options.Section}:{setting} is {value}: more than nothing and at most a day, such as 00:01:00.";
        }
    }

    public static X509Certificate2Collection Certificates(string path)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(path);
        return certificates;
    }

    private static string? Problem(string file, Func<string, string?> look)
    {
        try
        {
            return look(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return exception.Message.TrimEnd('.');
        }
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    private static partial Regex BucketName();
}
