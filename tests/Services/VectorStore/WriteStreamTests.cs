using Google.Protobuf;
using Graft.Artifacts;
using Grpc.Core;
using Xunit;
using static Graft.Tests.Services.VectorStore.StoreHost;

namespace Graft.Tests.Services.VectorStore;

/// <summary>The write stream as the protocol has it, with writers that break off or do wrong.</summary>
public sealed class WriteStreamTests
{
    private const int Chunk = 4 << 20;

    [Fact]
    public async Task A_write_that_broke_off_goes_on_behind_its_last_whole_chunk()
    {
        await using var host = await StartAsync();
        var bytes = Weights(7_000_000, seed: 1);
        await BreakOffAsync(host, bytes, sent: (2 * Chunk) + 1000, arrived: 2 * Chunk);

        await SendAsync(host, Header(bytes, offset: 2 * Chunk), bytes[(2 * Chunk)..]);

        Assert.Equal((bytes.Length, true), await QueryAsync(host, bytes));
        Assert.Equal(bytes, await ReadAsync(host, bytes));
        Assert.Empty(Directory.EnumerateFiles(host.ObjectPath("uploads")));
    }

    [Fact]
    public async Task A_write_goes_on_in_another_process()
    {
        await using var first = await StartAsync();
        var bytes = Weights(5_000_000, seed: 1);
        await BreakOffAsync(first, bytes, sent: Chunk + 1000, arrived: Chunk);

        await using var second = await StartAsync(first.Folder);
        Assert.Equal((Chunk, false), await QueryAsync(second, bytes));
        await SendAsync(second, Header(bytes, offset: Chunk), bytes[Chunk..]);

        Assert.Equal(bytes, await ReadAsync(second, bytes));
    }

    [Fact]
    public async Task Only_what_arrived_can_be_gone_on_from()
    {
        await using var host = await StartAsync();
        var bytes = Weights(5_000_000, seed: 1);

        await AbortedAsync(host, Header(bytes, offset: Chunk), bytes[Chunk..]);
        await BreakOffAsync(host, bytes, sent: Chunk + 1000, arrived: Chunk);
        await AbortedAsync(host, Header(bytes, offset: 1000), bytes[1000..]);
        await AbortedAsync(host, Header(bytes, offset: 2 * Chunk), bytes[(2 * Chunk)..]);

        await SendAsync(host, Header(bytes, offset: 0), bytes);
        Assert.Equal(bytes, await ReadAsync(host, bytes));
    }

    [Fact]
    public async Task What_arrived_wrong_does_not_stay_in_the_way()
    {
        await using var host = await StartAsync();
        var bytes = Weights(5_000_000, seed: 1);
        byte[] wrong = [.. bytes[..Chunk].Select(value => (byte)~value), .. bytes[Chunk..]];
        await BreakOffAsync(host, wrong, sent: Chunk + 1000, arrived: Chunk, digest: Digest.Of(bytes));

        await AbortedAsync(host, Header(bytes, offset: Chunk), bytes[Chunk..]);

        Assert.Equal((0, false), await QueryAsync(host, bytes));
        await SendAsync(host, Header(bytes, offset: 0), bytes);
        Assert.Equal(bytes, await ReadAsync(host, bytes));
    }

    [Fact]
    public async Task A_damaged_part_of_a_write_is_sent_again()
    {
        await using var host = await StartAsync();
        var bytes = Weights(5_000_000, seed: 1);
        await BreakOffAsync(host, bytes, sent: Chunk + 1000, arrived: Chunk);
        File.WriteAllBytes(Directory.EnumerateFiles(host.ObjectPath("blobs")).Single(), []);

        await AbortedAsync(host, Header(bytes, offset: Chunk), bytes[Chunk..]);
        await SendAsync(host, Header(bytes, offset: 0), bytes);

        Assert.Equal(bytes, await ReadAsync(host, bytes));
    }

    [Fact]
    public async Task Bytes_of_another_digest_are_refused_and_nothing_is_kept()
    {
        await using var host = await StartAsync();
        byte[] bytes = [1, 2, 3];
        var header = Header(bytes, offset: 0);
        header.Sha256 = Digest.Of([4]).ToString();

        var status = await InvalidAsync(host, header, bytes);

        Assert.Contains(Digest.Of(bytes).ToString(), status, StringComparison.Ordinal);
        Assert.False(Directory.Exists(host.ObjectPath("blobs")));
        Assert.False(Directory.Exists(host.ObjectPath("contents")));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_length_other_than_declared_is_refused(int declared)
    {
        await using var host = await StartAsync();
        byte[] bytes = [1, 2, 3];
        var header = Header(bytes, offset: 0);
        header.Size = declared;

        await InvalidAsync(host, header, bytes);

        Assert.Equal((0, false), await QueryAsync(host, bytes));
    }

    [Fact]
    public async Task A_known_content_of_another_size_is_refused()
    {
        await using var host = await StartAsync();
        byte[] bytes = [1, 2, 3];
        await SendAsync(host, Header(bytes, offset: 0), bytes);
        var header = Header(bytes, offset: 0);
        header.Size = 4;

        await InvalidAsync(host, header, bytes);
        await SendAsync(host, Header(bytes, offset: 0), bytes);
    }

    [Fact]
    public async Task A_stream_is_a_header_and_then_chunks_of_at_most_1_MiB()
    {
        await using var host = await StartAsync();
        var bytes = new byte[(1 << 20) + 1];
        var header = new V1.WriteContentRequest { Header = Header(bytes, offset: 0) };
        var chunk = new V1.WriteContentRequest { Chunk = ByteString.CopyFrom(bytes) };

        foreach (var messages in new V1.WriteContentRequest[][] { [], [chunk], [header, header], [header, chunk] })
        {
            var exception = await Assert.ThrowsAsync<RpcException>(() => CallAsync(host, messages));
            Assert.Equal(StatusCode.InvalidArgument, exception.StatusCode);
        }
    }

    [Fact]
    public async Task A_refusal_lets_the_writer_finish_and_the_connection_live()
    {
        await using var host = await StartAsync();
        var bytes = Weights(4_000_000, seed: 1);

        for (var round = 0; round < 20; round++)
        {
            await AbortedAsync(host, Header(bytes, offset: Chunk), bytes);
            Assert.Equal((0, false), await QueryAsync(host, bytes));
        }
    }

    private static V1.WriteHeader Header(byte[] bytes, long offset) => new()
    {
        Sha256 = Digest.Of(bytes).ToString(),
        Size = bytes.Length,
        Offset = offset,
        Dtype = V1.DType.Bf16,
    };

    // Sends a part, waits until its whole chunks have arrived for good, and hangs up.
    private static async Task BreakOffAsync(TestHost host, byte[] bytes, int sent, int arrived, Digest? digest = null)
    {
        using var call = host.Service().WriteContent(cancellationToken: Token);
        var header = Header(bytes, offset: 0);
        header.Sha256 = (digest ?? Digest.Of(bytes)).ToString();
        await call.RequestStream.WriteAsync(new V1.WriteContentRequest { Header = header }, Token);
        foreach (var part in bytes[..sent].Chunk(1 << 20))
        {
            await call.RequestStream.WriteAsync(new V1.WriteContentRequest { Chunk = ByteString.CopyFrom(part) }, Token);
        }

        var request = new V1.QueryWriteRequest { Sha256 = header.Sha256 };
        while ((await host.Service().QueryWriteAsync(request, cancellationToken: Token)).Committed < arrived)
        {
            await Task.Yield();
        }
    }

    private static Task SendAsync(TestHost host, V1.WriteHeader header, byte[] bytes) => CallAsync(
        host,
        [
            new V1.WriteContentRequest { Header = header },
            .. bytes.Chunk(1 << 20).Select(part => new V1.WriteContentRequest { Chunk = ByteString.CopyFrom(part) }),
        ]);

    private static async Task CallAsync(TestHost host, V1.WriteContentRequest[] messages)
    {
        var deadline = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(1);
        using var call = host.Service().WriteContent(deadline: deadline, cancellationToken: Token);

        // A write is not always woken when the answer comes before all was sent.
        await Task.WhenAny(WriteAsync(call.RequestStream, messages), call.ResponseAsync);
        await call.ResponseAsync;
    }

    private static async Task WriteAsync(IClientStreamWriter<V1.WriteContentRequest> stream, V1.WriteContentRequest[] messages)
    {
        try
        {
            foreach (var message in messages)
            {
                await stream.WriteAsync(message, Token);
            }

            await stream.CompleteAsync();
        }
        catch (Exception exception) when (exception is RpcException or InvalidOperationException or IOException or OperationCanceledException)
        {
            // Refused before all was sent: the answer tells.
        }
    }

    private static async Task AbortedAsync(TestHost host, V1.WriteHeader header, byte[] bytes)
    {
        var exception = await Assert.ThrowsAsync<RpcException>(() => SendAsync(host, header, bytes));
        Assert.Equal(StatusCode.Aborted, exception.StatusCode);
    }

    private static async Task<string> InvalidAsync(TestHost host, V1.WriteHeader header, byte[] bytes)
    {
        var exception = await Assert.ThrowsAsync<RpcException>(() => SendAsync(host, header, bytes));
        Assert.Equal(StatusCode.InvalidArgument, exception.StatusCode);
        return exception.Status.Detail;
    }

    private static async Task<(long Committed, bool IsComplete)> QueryAsync(TestHost host, byte[] bytes)
    {
        var response = await host.Service().QueryWriteAsync(
            new V1.QueryWriteRequest { Sha256 = Digest.Of(bytes).ToString() }, cancellationToken: Token);
        return (response.Committed, response.Complete);
    }

    private static async Task<byte[]> ReadAsync(TestHost host, byte[] bytes)
    {
        using var client = host.NewClient();
        return await client.Store.ReadAsync(Digest.Of(bytes), bytes.Length, Token);
    }
}
