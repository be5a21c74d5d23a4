using System.ComponentModel.DataAnnotations;
using Graft.VectorStore;
using Graft.VectorStore.Objects.S3;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Graft.Tests.Unit.VectorStore.Objects.S3;

public sealed class S3OptionsTests
{
    [Fact]
    public void A_folder_or_a_bucket_with_keys_is_enough()
    {
        Assert.Empty(Mistakes(new VectorStoreOptions { Folder = "/store" }));
        Assert.Empty(Mistakes(new VectorStoreOptions { S3 = Whole() }));
    }

    [Fact]
    public void Exactly_one_place_is_wanted()
    {
        Assert.Contains("Nothing says where", Assert.Single(Mistakes(new VectorStoreOptions())), StringComparison.Ordinal);
        Assert.Contains("both set", Assert.Single(Mistakes(new VectorStoreOptions { Folder = "/store", S3 = Whole() })), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_mistake_is_told_at_once_with_its_setting()
    {
        var options = new S3Options
        {
            Endpoint = "minio:9000",
            PublicEndpoint = "https://minio/path",
            Region = " ",
            Bucket = "No",
            Prefix = "a b",
            SecretKeyFile = "/no/such/file",
            CaFile = "/no/such/authority",
            Patience = TimeSpan.Zero,
            AttemptLimit = TimeSpan.FromDays(2),
        };

        string[] mistakes = [.. Mistakes(new VectorStoreOptions { S3 = options })];

        Assert.Equal(
            ["Endpoint", "PublicEndpoint", "Bucket", "Prefix", "Region", "AccessKey", "SecretKeyFile", "CaFile", "Patience", "AttemptLimit"],
            mistakes.Select(mistake => mistake.Split(' ')[0]["VectorStore:S3:".Length..]));
    }

    [Theory]
    [InlineData("http://127.0.0.1:9000", true)]
    [InlineData("https://minio.example", true)]
    [InlineData("https://minio.example/", true)]
    [InlineData("ftp://minio.example", false)]
    [InlineData("https://minio.example/path", false)]
    [InlineData("https://minio.example/?query", false)]
    [InlineData("http://[::1]:9000", false)]
    [InlineData("minio.example:9000", false)]
    [InlineData("/minio", false)]
    public void An_endpoint_is_scheme_host_and_port(string endpoint, bool isFine)
    {
        var options = Whole();
        options.Endpoint = endpoint;

        Assert.Equal(isFine, !Mistakes(new VectorStoreOptions { S3 = options }).Any());
    }

    [Fact]
    public void Keys_in_an_endpoint_are_refused_and_not_repeated()
    {
        var options = Whole();
        options.Endpoint = "http://user:secret@minio:9000";

        Assert.DoesNotContain("secret@", Assert.Single(Mistakes(new VectorStoreOptions { S3 = options })), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_key_file_is_a_mistake()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "\n");
            var options = Whole();
            options.AccessKeyFile = file;

            Assert.Contains("it is empty", Assert.Single(Mistakes(new VectorStoreOptions { S3 = options })), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Settings_come_from_the_environment_with_two_underscores()
    {
        const string Variable = "GRAFT_UNIT_VectorStore__S3__Endpoint";
        Environment.SetEnvironmentVariable(Variable, "http://minio:9000");
        try
        {
            var options = new ConfigurationBuilder().AddEnvironmentVariables("GRAFT_UNIT_").Build().GetSection(VectorStoreOptions.Section).Get<VectorStoreOptions>();

            Assert.Equal("http://minio:9000", options!.S3.Endpoint);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    private static S3Options Whole() => new() { Endpoint = "http://minio:9000", Bucket = "graft", AccessKey = "a", SecretKey = "s" };

    private static IEnumerable<string> Mistakes(VectorStoreOptions options) =>
        options.Validate(new ValidationContext(options)).Select(result => result.ErrorMessage!);
}
