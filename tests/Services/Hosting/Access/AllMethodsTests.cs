using Graft.Coordinator;
using Graft.Evaluator;
using Graft.Hosting.Access;
using Graft.Merger;
using Graft.Trainer;
using Graft.VectorStore;
using Grpc.Core;
using Xunit;

namespace Graft.Tests.Services.Hosting.Access;

/// <summary>Every method of every service, called over the wire by each role and by nobody.</summary>
public sealed class AllMethodsTests
{
    private static readonly Marshaller<byte[]> _bytes = Marshallers.Create<byte[]>(bytes => bytes, bytes => bytes);

    [Fact]
    public async Task A_method_is_open_from_its_least_role_on_and_closed_below()
    {
        var folder = Directory.CreateTempSubdirectory("graft-roles-").FullName;
        using var issuer = new TestIssuer("https://issuer.test");
        var (keys, service) = (Path.Combine(folder, "jwks.json"), Path.Combine(folder, "token"));
        await File.WriteAllTextAsync(keys, issuer.Keys(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(service, issuer.Token("service", ["runner"]), TestContext.Current.CancellationToken);
        await using var host = await StartAsync(new()
        {
            ["Access:Jwt:Issuer"] = issuer.Issuer,
            ["Access:Jwt:Audience"] = TestIssuer.Audience,
            ["Access:Jwt:JwksFile"] = keys,
            // The services call each other, too.
            ["Client:TokenFile"] = service,
        });
        var wrong = new List<string>();

        foreach (var (method, least) in MethodRoles.Graft)
        {
            foreach (var role in new Role?[] { null, Role.Reader, Role.Runner, Role.Admin })
            {
                var status = await CallAsync(host, method, role is null ? null : issuer.Token("alice", [$"{role}".ToLowerInvariant()]));
                StatusCode? refusal = role is null ? StatusCode.Unauthenticated : role < least ? StatusCode.PermissionDenied : null;
                if ((status is StatusCode.Unauthenticated or StatusCode.PermissionDenied ? status : (StatusCode?)null) != refusal || status == StatusCode.Unimplemented)
                {
                    wrong.Add($"{method} by {role}: {status}");
                }
            }
        }

        Assert.Empty(wrong);
        Directory.Delete(folder, recursive: true);
    }

    // An empty message is enough: what is let in may well be told that it is incomplete.
    private static async Task<StatusCode> CallAsync(TestHost host, string path, string? token)
    {
        var parts = path.Split('/');
        var method = new Method<byte[], byte[]>(MethodType.ServerStreaming, $"graft.v1.{parts[0]}", parts[1], _bytes, _bytes);
        var headers = new Metadata();
        if (token is not null)
        {
            headers.Add("authorization", $"Bearer {token}");
        }

        using var call = host.Channel.CreateCallInvoker().AsyncServerStreamingCall(method, null, new CallOptions(headers), []);
        try
        {
            while (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
            {
            }

            return StatusCode.OK;
        }
        catch (RpcException exception)
        {
            return exception.StatusCode;
        }
    }

    private static Task<TestHost> StartAsync(Dictionary<string, string?> settings) => TestHost.StartAsync(
        builder =>
        {
            builder.AddVectorStore();
            builder.AddTrainer();
            builder.AddMerger();
            builder.AddEvaluator();
            builder.AddCoordinator();
        },
        app =>
        {
            app.MapVectorStore();
            app.MapTrainer();
            app.MapMerger();
            app.MapEvaluator();
            app.MapCoordinator();
        },
        settings);
}
