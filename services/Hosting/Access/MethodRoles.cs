using System.Collections.Frozen;

namespace Graft.Hosting.Access;

/// <summary>
/// The least role of every method. A method that is missing here is for admins only, and a test fails for it: a new method gets its
/// row together with its proto.
/// </summary>
internal static class MethodRoles
{
    /// <summary>Methods of Graft's own services, "service/method" without the package graft.v1.</summary>
    public static readonly FrozenDictionary<string, Role> Graft = new Dictionary<string, Role>
    {
        ["VectorStoreService/FindMissingContents"] = Role.Reader,
        ["VectorStoreService/ReadContent"] = Role.Reader,
        ["VectorStoreService/LocateContents"] = Role.Reader,
        ["VectorStoreService/GetArtifact"] = Role.Reader,
        ["VectorStoreService/ListArtifacts"] = Role.Reader,
        ["VectorStoreService/ListNames"] = Role.Reader,
        ["VectorStoreService/LookUpResults"] = Role.Reader,
        ["VectorStoreService/GetLineage"] = Role.Reader,
        ["VectorStoreService/QueryWrite"] = Role.Runner,
        ["VectorStoreService/WriteContent"] = Role.Runner,
        ["VectorStoreService/PutArtifact"] = Role.Runner,
        ["VectorStoreService/PutResult"] = Role.Runner,
        ["VectorStoreService/SetName"] = Role.Runner,
        // Reads every byte of what it verifies.
        ["VectorStoreService/Verify"] = Role.Runner,
        ["VectorStoreService/CollectGarbage"] = Role.Admin,

        ["MergerService/PlanMerge"] = Role.Reader,
        ["MergerService/Extract"] = Role.Runner,
        ["MergerService/Merge"] = Role.Runner,
        ["MergerService/Compare"] = Role.Runner,

        ["TrainerService/DescribeTrainer"] = Role.Reader,
        ["TrainerService/WatchTraining"] = Role.Reader,
        ["TrainerService/Train"] = Role.Runner,

        ["EvaluatorService/CompareEvaluations"] = Role.Reader,
        ["EvaluatorService/DescribeEvaluator"] = Role.Reader,
        ["EvaluatorService/Evaluate"] = Role.Runner,

        ["JobService/GetJob"] = Role.Reader,
        ["JobService/WatchJob"] = Role.Reader,
        ["JobService/ListJobs"] = Role.Reader,
        ["JobService/CancelJob"] = Role.Runner,

        ["CoordinatorService/PlanRun"] = Role.Reader,
        ["CoordinatorService/StreamPlan"] = Role.Reader,
        ["CoordinatorService/GetRun"] = Role.Reader,
        ["CoordinatorService/WatchRun"] = Role.Reader,
        ["CoordinatorService/ListRuns"] = Role.Reader,
        ["CoordinatorService/StartRun"] = Role.Runner,
        ["CoordinatorService/CancelRun"] = Role.Runner,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private const string Package = "/graft.v1.";

    /// <summary>Whether anybody may call it: health, which tells nothing but itself and whose callers have no identity.</summary>
    public static bool IsOpen(string path) => path.StartsWith("/grpc.health.v1.Health/", StringComparison.Ordinal);

    /// <param name="path">Of the request: "/package.service/method".</param>
    /// <param name="exists">Whether this host serves the method; one it does not serve is answered UNIMPLEMENTED, to any reader.</param>
    public static Role Least(string path, bool exists)
    {
        if (!exists || path.StartsWith("/grpc.reflection.", StringComparison.Ordinal))
        {
            return Role.Reader;
        }

        return path.StartsWith(Package, StringComparison.Ordinal) && Graft.TryGetValue(path[Package.Length..], out var role) ? role : Role.Admin;
    }
}
