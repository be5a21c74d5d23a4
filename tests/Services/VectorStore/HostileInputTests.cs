using Grpc.Core;
using Xunit;

namespace Graft.Tests.Services.VectorStore;

/// <summary>Names and manifests that would lead out of the store, or out of the folder an artifact is exported to: refused at the door.</summary>
public sealed class HostileInputTests
{
    public static TheoryData<string> Names =>
        ["../x", "a/../b", "/etc/passwd", "a//b", "a/", ".", "..", "a\\b", "C:x", "a\0b", "a b", "\u00e9", new string('a', 201)];

    public static TheoryData<string> Paths =>
        ["../x", "a/../../x", "/etc/passwd", "a//b", "./a", "a/.", "a\\..\\b", "C:x", "a\0b", "a\nb", new string('a', 1025)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_name_that_leads_elsewhere_is_refused(string name)
    {
        await using var host = await StoreHost.StartAsync();
        var store = host.Service();
        var digest = await host.Client.Store.PutFilesAsync(("a", "1"));

        var set = await StatusAsync(async () => await store.SetNameAsync(new V1.SetNameRequest { Name = name, Artifact = digest.ToString() }));
        var put = await StatusAsync(async () => await store.PutArtifactAsync(new V1.PutArtifactRequest
        {
            Artifact = new V1.Artifact { Kind = V1.ArtifactKind.Dataset },
            Name = name,
        }));

        Assert.Equal((StatusCode.InvalidArgument, StatusCode.InvalidArgument), (set, put));
        Assert.Empty((await store.ListNamesAsync(new V1.ListNamesRequest())).Names);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_file_of_a_manifest_that_leads_elsewhere_is_refused(string path)
    {
        await using var host = await StoreHost.StartAsync();
        var file = await host.Client.Store.WriteFileAsync("a", "1"u8.ToArray(), StoreHost.Token);
        var artifact = new V1.Artifact
        {
            Kind = V1.ArtifactKind.Dataset,
            Files = { new V1.File { Path = path, Size = file.Size, Sha256 = file.Sha256.ToString() } },
        };

        Assert.Equal(StatusCode.InvalidArgument, await StatusAsync(async () => await host.Service().PutArtifactAsync(new() { Artifact = artifact })));
    }

    [Fact]
    public async Task More_tensors_than_fit_a_manifest_are_refused_and_a_message_beyond_the_limit_too()
    {
        await using var host = await StoreHost.StartAsync();
        var file = await host.Client.Store.WriteFileAsync("a", ""u8.ToArray(), StoreHost.Token);
        var artifact = new V1.Artifact { Kind = V1.ArtifactKind.Checkpoint };
        for (var i = 0; artifact.CalculateSize() < (4 << 20) - (32 << 10); i += 100)
        {
            artifact.Tensors.AddRange(Enumerable.Range(i, 100).Select(number =>
                new V1.Tensor { Name = $"tensor.{number:D6}", Dtype = V1.DType.Bf16, Shape = { 0 }, Sha256 = file.Sha256.ToString() }));
        }

        var many = await StatusAsync(async () => await host.Service().PutArtifactAsync(new() { Artifact = artifact }));
        artifact.Tensors.AddRange(artifact.Tensors.Clone());
        var more = await StatusAsync(async () => await host.Service().PutArtifactAsync(new() { Artifact = artifact }));

        Assert.Equal((StatusCode.InvalidArgument, StatusCode.ResourceExhausted), (many, more));
    }

    private static async Task<StatusCode> StatusAsync(Func<Task> call)
    {
        try
        {
            await call();
            return StatusCode.OK;
        }
        catch (RpcException exception)
        {
            return exception.StatusCode;
        }
    }
}
