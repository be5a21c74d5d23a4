using Graft.Cli.Connections;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Cli.Connections;

public sealed class S3StoreTests
{
    [Fact]
    public void A_bucket_is_named_and_the_environment_says_where()
    {
        var settings = S3Store.Settings("s3://models/team/a", stays: true, Environment(
            ("GRAFT_S3_ENDPOINT", "http://minio:9000"),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY_FILE", "/run/secrets/s3"),
            ("AWS_DEFAULT_REGION", "eu-central-1"),
            ("AWS_CA_BUNDLE", "/etc/ca.pem")));

        Assert.Equal(
            new Dictionary<string, string?>
            {
                ["VectorStore:Folder"] = "",
                ["VectorStore:S3:Bucket"] = "models",
                ["VectorStore:S3:Prefix"] = "team/a",
                ["VectorStore:S3:Endpoint"] = "http://minio:9000",
                ["VectorStore:S3:AccessKey"] = "key",
                ["VectorStore:S3:SecretKeyFile"] = "/run/secrets/s3",
                ["VectorStore:S3:Region"] = "eu-central-1",
                ["VectorStore:S3:CaFile"] = "/etc/ca.pem",
            },
            settings);
    }

    [Fact]
    public void A_folder_wins_over_a_bucket_of_the_environment()
    {
        var settings = S3Store.Settings("/data/store", stays: false, Environment(("GRAFT_S3_ENDPOINT", "http://minio:9000")));

        Assert.Equal(("/data/store", "", ""), (settings["VectorStore:Folder"], settings["VectorStore:S3:Endpoint"], settings["VectorStore:S3:Bucket"]));
    }

    [Fact]
    public void A_bucket_without_a_server_is_refused_with_what_to_set()
    {
        var fault = Assert.Throws<FaultException>(() => S3Store.Settings("s3://models", stays: false, Environment()));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Contains("GRAFT_S3_ENDPOINT", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_services_own_variables_count()
    {
        var settings = S3Store.Settings(
            "s3://models", stays: false, Environment(("VectorStore__S3__Endpoint", "http://minio:9000"), ("VectorStore__S3__Patience", "00:05:00")));

        Assert.False(settings.ContainsKey("VectorStore:S3:Endpoint"));
        Assert.False(settings.ContainsKey("VectorStore:S3:Patience"));
        Assert.Equal("", settings["VectorStore:S3:Prefix"]);
    }

    private static Func<string, string?> Environment(params (string Name, string Value)[] variables) =>
        name => variables.FirstOrDefault(variable => variable.Name == name).Value;
}
