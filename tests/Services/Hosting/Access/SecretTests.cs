using Graft.Faults;
using Graft.VectorStore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Graft.Tests.Services.Hosting.Access;

/// <summary>Secrets are configured, everything is logged, much goes wrong: none of them is in the logs or in what callers are told.</summary>
public sealed class SecretTests
{
    [Fact]
    public async Task Tokens_and_keys_are_in_no_log_and_in_no_answer()
    {
        await using var host = await GuardedHost.StartAsync();
        var files = host.Authority.Issue("merger.graft.svc");
        string[] tokens =
        [
            host.Issuer.Token("alice", ["reader"]),
            host.Issuer.Token("alice", ["reader"], audience: "elsewhere"),
            host.Issuer.Token("alice", ["reader"], expires: TimeSpan.FromMinutes(-9)),
            host.Issuer.TokenWithSecret("alice"),
            "a-password-in-the-wrong-place",
        ];
        List<string> told = [];

        foreach (var client in tokens.Select(host.WithToken).Append(host.WithCertificate(files)))
        {
            told.AddRange((await GuardedHost.TryAsync(client)).Select(fault => $"{fault}"));
        }

        // The end of a token is its signature: without it the rest opens nothing, and it is told nowhere either.
        var secrets = tokens.SelectMany(token => new[] { token, token.Split('.')[^1] })
            .Concat(from file in new[] { files.Key, Path.Combine(host.Folder, "localhost.key") }
                    from line in File.ReadLines(file)
                    where !line.StartsWith('-')
                    select line)
            .Where(secret => secret.Length > 8).ToArray();
        Assert.True(host.Logs.Lines.Count > 100, $"Only {host.Logs.Lines.Count} lines were logged.");
        Assert.Contains(host.Logs.Lines, line => line.Contains("The token is not accepted", StringComparison.Ordinal));
        Assert.Empty(from secret in secrets from line in host.Logs.Lines.Concat(told) where line.Contains(secret, StringComparison.Ordinal) select line);
    }

    [Fact]
    public async Task The_keys_of_a_bucket_are_in_no_log_and_in_no_failure()
    {
        const string Access = "THE-ACCESS-KEY", Secret = "the-secret-key-of-the-bucket";
        var logs = new LogCollector();
        var settings = new Dictionary<string, string?>
        {
            ["Logging:LogLevel:Default"] = "Trace",
            ["VectorStore:Folder"] = "",
            ["VectorStore:S3:Endpoint"] = "http://127.0.0.1:9",
            ["VectorStore:S3:Bucket"] = "graft",
            ["VectorStore:S3:AccessKey"] = Access,
            ["VectorStore:S3:SecretKey"] = Secret,
            ["VectorStore:S3:Patience"] = "00:00:01",
        };

        var failure = await Assert.ThrowsAnyAsync<Exception>(() => TestHost.StartAsync(
            builder => builder.AddVectorStore(),
            app =>
            {
                app.Services.GetRequiredService<ILoggerFactory>().AddProvider(logs);
                app.MapVectorStore();
            },
            settings));

        Assert.IsType<FaultException>(failure);
        Assert.NotEmpty(logs.Lines);
        Assert.DoesNotContain(logs.Lines.Append($"{failure}"), line =>
            line.Contains(Secret, StringComparison.Ordinal) || line.Contains(Access, StringComparison.Ordinal));
    }
}
