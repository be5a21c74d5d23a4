using System.Net;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Services.VectorStore.Objects.S3;

/// <summary>What a store finds out about its server before it serves.</summary>
public sealed class S3StartTests(S3Fixture s3)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_keeps_conditions_is_taken_and_the_log_says_so()
    {
        await using var behind = await S3Behind.CreateAsync(s3);

        await behind.Store.StartAsync(Token);

        Assert.Contains(behind.Log.Lines, line => line.StartsWith("Information 232 ", StringComparison.Ordinal) && line.Contains(behind.Options.Bucket, StringComparison.Ordinal));
        Assert.Empty(await behind.Store.ListAsync("probe/", null, Token).ToListAsync(Token));
    }

    [Fact]
    public async Task A_server_that_ignores_conditions_is_refused_with_what_to_do()
    {
        await using var behind = await S3Behind.CreateAsync(s3);
        behind.Proxy.IgnoresConditions = true;

        var fault = await behind.RefusedAsync(FaultKind.Precondition, () => behind.Store.StartAsync(Token));

        Assert.Contains("If-None-Match: * on an object; If-Match with an old ETag; If-Match where there is nothing", fault.Message, StringComparison.Ordinal);
        Assert.Contains("VectorStore:S3:SingleWriter=true", fault.Message, StringComparison.Ordinal);
        Assert.Contains("MinIO from RELEASE.2025-09-07", fault.Message, StringComparison.Ordinal);
        Assert.Empty(await behind.Store.ListAsync("probe/", null, Token).ToListAsync(Token));
    }

    // MinIO before RELEASE.2025-09-06.
    [Fact]
    public async Task A_server_that_replaces_what_is_not_there_is_refused()
    {
        await using var behind = await S3Behind.CreateAsync(s3);
        var puts = 0;
        behind.Proxy.Answers = (method, _) =>
        {
            // The fifth put is the one of the probe that replaces nothing.
            behind.Proxy.IgnoresConditions = method == "PUT" && ++puts >= 5;
            return null;
        };

        var fault = await behind.RefusedAsync(FaultKind.Precondition, () => behind.Store.StartAsync(Token));

        Assert.Contains("(If-Match where there is nothing)", fault.Message, StringComparison.Ordinal);
        Assert.Empty(await behind.Store.ListAsync("probe/", null, Token).ToListAsync(Token));
    }

    [Fact]
    public async Task A_server_that_does_not_know_conditions_is_refused()
    {
        await using var behind = await S3Behind.CreateAsync(s3);
        behind.Proxy.Answers = (method, _) => method == "PUT" ? (HttpStatusCode.NotImplemented, "NotImplemented") : null;

        await behind.RefusedAsync(FaultKind.Precondition, () => behind.Store.StartAsync(Token));
    }

    [Fact]
    public async Task A_promised_single_writer_is_taken_with_a_warning()
    {
        await using var behind = await S3Behind.CreateAsync(s3, options => options.SingleWriter = true);
        behind.Proxy.IgnoresConditions = true;

        await behind.Store.StartAsync(Token);

        Assert.Contains(behind.Log.Lines, line => line.StartsWith("Warning 233 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_promise_changes_nothing_where_the_server_keeps_conditions()
    {
        await using var behind = await S3Behind.StartAsync(s3, options => options.SingleWriter = true);

        await behind.Store.PutIfAbsentAsync("names/a", new byte[1], Token);

        // The other scheme would look first.
        Assert.Equal("PUT", Assert.Single(behind.Proxy.Requests).Method);
    }

    [Fact]
    public async Task A_missing_bucket_is_made()
    {
        await using var behind = await S3Behind.CreateAsync(s3, options => options.Bucket = $"graft-test-{Guid.NewGuid():n}");

        await behind.Store.StartAsync(Token);

        Assert.True(await behind.Store.PutIfAbsentAsync("names/a", new byte[1], Token));
    }

    [Fact]
    public async Task A_missing_bucket_is_not_made_against_the_settings()
    {
        await using var behind = await S3Behind.CreateAsync(s3, options =>
        {
            options.Bucket = $"graft-test-{Guid.NewGuid():n}";
            options.CreateBucket = false;
        });

        var fault = await behind.RefusedAsync(FaultKind.Precondition, () => behind.Store.StartAsync(Token));

        Assert.Contains("VectorStore:S3:CreateBucket", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(behind.Proxy.Requests, request => request.Method == "PUT");
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, "AccessDenied")]
    [InlineData(HttpStatusCode.Conflict, "BucketAlreadyExists")]
    public async Task A_bucket_that_cannot_be_made_must_come_from_elsewhere(HttpStatusCode status, string code)
    {
        await using var behind = await S3Behind.CreateAsync(s3, options => options.Bucket = $"graft-test-{Guid.NewGuid():n}");
        behind.Proxy.Answers = (method, _) => method == "PUT" ? (status, code) : null;

        var fault = await behind.RefusedAsync(FaultKind.Precondition, () => behind.Store.StartAsync(Token));

        Assert.Contains(code, fault.Message, StringComparison.Ordinal);
    }

    // A server that is just starting, and a first answer that is lost.
    [Fact]
    public async Task A_start_survives_faults()
    {
        await using var behind = await S3Behind.CreateAsync(s3);
        var requests = 0;
        behind.Proxy.Faults = (_, _) => (++requests % 3) switch { 0 => S3Fault.None, 1 => S3Fault.Overload, _ => S3Fault.LostAnswer };

        await behind.Store.StartAsync(Token);

        Assert.Contains(behind.Log.Lines, line => line.Contains(" 232 ", StringComparison.Ordinal));
    }
}
