using Google.Protobuf.Reflection;
using Graft.Hosting.Access;
using Xunit;

namespace Graft.Tests.Unit.Hosting.Access;

public sealed class MethodRolesTests
{
    private static IEnumerable<FileDescriptor> Files =>
        from type in typeof(V1.ArtifactReflection).Assembly.GetTypes()
        where type.Name.EndsWith("Reflection", StringComparison.Ordinal) && type.Namespace == typeof(V1.ArtifactReflection).Namespace
        select (FileDescriptor)type.GetProperty("Descriptor")!.GetValue(null)!;

    [Fact]
    public void Every_method_of_every_service_has_a_role_and_no_other_is_listed()
    {
        var methods = Files.SelectMany(file => file.Services).SelectMany(service => service.Methods)
            .Select(method => $"{method.Service.Name}/{method.Name}").ToHashSet();

        Assert.True(methods.Count > 30, $"Only {methods.Count} methods were found.");
        Assert.Empty(methods.Except(MethodRoles.Graft.Keys));
        Assert.Empty(MethodRoles.Graft.Keys.Except(methods));
    }

    [Theory]
    [InlineData("/graft.v1.VectorStoreService/ListNames", true, Role.Reader)]
    [InlineData("/graft.v1.CoordinatorService/StartRun", true, Role.Runner)]
    [InlineData("/graft.v1.VectorStoreService/CollectGarbage", true, Role.Admin)]
    [InlineData("/graft.v1.VectorStoreService/Forgotten", true, Role.Admin)]
    [InlineData("/other.Service/Method", true, Role.Admin)]
    [InlineData("/graft.v1.VectorStoreService/Newer", false, Role.Reader)]
    [InlineData("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", true, Role.Reader)]
    public void The_role_of_a_path(string path, bool exists, Role least) => Assert.Equal(least, MethodRoles.Least(path, exists));

    [Theory]
    [InlineData("/grpc.health.v1.Health/Check", true)]
    [InlineData("/grpc.health.v1.HealthAdmin/Check", false)]
    [InlineData("/graft.v1.VectorStoreService/ListNames", false)]
    public void Only_health_is_open(string path, bool isOpen) => Assert.Equal(isOpen, MethodRoles.IsOpen(path));
}
