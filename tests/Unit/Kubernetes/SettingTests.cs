using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.RegularExpressions;
using Graft.Cli.Commands;
using Graft.Client;
using Graft.Coordinator.Spec;
using k8s.Models;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Graft.Tests.Unit.Kubernetes;

/// <summary>What manifests say in words of the code: settings, metrics, specs.</summary>
public sealed partial class SettingTests
{
    private static readonly Dictionary<string, Type> _sections = Sections();

    public static TheoryData<string> Compositions => Manifests.Compositions;

    [Theory]
    [MemberData(nameof(Compositions))]
    public void Every_setting_is_one_of_the_code_with_a_value_it_takes(string composition) =>
        Assert.All(Manifests.Of(composition).All<V1ConfigMap>(), map => AssertTaken(map.Data));

    [Fact]
    public void A_misspelt_setting_is_found()
    {
        Assert.ThrowsAny<InvalidOperationException>(() => AssertTaken(new Dictionary<string, string> { ["Trainer__LastSafeLimit"] = "00:01:00" }));
        Assert.ThrowsAny<Exception>(() => AssertTaken(new Dictionary<string, string> { ["Jobs__MaxConcurrentJobs"] = "0" }));
        Assert.ThrowsAny<Exception>(() => AssertTaken(new Dictionary<string, string> { ["Trainers__Threads"] = "1" }));
    }

    [Theory]
    [MemberData(nameof(Compositions))]
    public void Addresses_are_those_of_the_services(string composition)
    {
        var objects = Manifests.Of(composition);
        var services = objects.All<V1Service>().ToDictionary(found => found.Metadata.Name);
        var addresses = objects.All<V1ConfigMap>().Single(found => found.Metadata.Name == "addresses").Data;

        Assert.Equal(5, addresses.Count);
        Assert.All(addresses, pair =>
        {
            var name = Regex.Match(pair.Value, "^dns:///([a-z-]+):8080$").Groups[1].Value;
            Assert.Equal(pair.Key[$"{ClientOptions.Section}__".Length..], string.Concat(name.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..])));
            Assert.Contains(services[name].Spec.Ports, port => port.Port == 8080);
        });
    }

    [Theory]
    [MemberData(nameof(Compositions))]
    public void Workers_are_scaled_by_a_metric_and_kinds_that_exist(string composition)
    {
        var objects = Manifests.Of(composition);
        var asked = objects.All<V2HorizontalPodAutoscaler>().SelectMany(found => found.Spec.Metrics)
            .Select(metric => (metric.External.Metric.Name, Kinds: metric.External.Metric.Selector.MatchExpressions.Single(rule => rule.Key == "kind").Values.ToArray()))
            .Concat(objects.All<ScaledObject>().SelectMany(found => found.Spec.Triggers).Select(trigger => Query().Match(trigger.Metadata["query"]))
                .Select(query => (Name: query.Groups[1].Value, Kinds: query.Groups[2].Value.Split('|'))));
        var source = string.Join('\n', Architecture.SourceTree.CSharp.Where(path => path.StartsWith("services/", StringComparison.Ordinal)).SelectMany(Architecture.SourceTree.Lines));

        Assert.All(asked, metric =>
        {
            Assert.Contains($"Gauge(\"{metric.Name}\"", source, StringComparison.Ordinal);
            Assert.All(metric.Kinds, kind => Assert.Contains($"Recipe => \"{kind}\"", source, StringComparison.Ordinal));
        });
    }

    [Fact]
    public void The_spec_of_the_matrix_can_be_read_and_names_what_is_in_the_store()
    {
        var map = Assert.Single(Manifests.Read("runs/matrix.yaml").All<V1ConfigMap>());
        var job = Assert.Single(Manifests.Read("runs/matrix.yaml").All<V1Job>()).Spec.Template.Spec;

        var spec = RunSpec.Parse(map.Data["run.yaml"]);

        Assert.Equal("matrix", spec.Name);
        Assert.Equal(map.Metadata.Name, job.Volumes.Single(volume => volume.Name == "spec").ConfigMap.Name);
        Assert.Contains("/spec/run.yaml", job.Containers[0].Args);
        Assert.DoesNotMatch(@"(?m): \.{0,2}/", map.Data["run.yaml"]);
    }

    [Theory]
    [InlineData("runs/demo.yaml")]
    [InlineData("runs/matrix.yaml")]
    public void A_run_is_a_valid_command_line_that_writes_where_it_may(string file)
    {
        var container = Assert.Single(Manifests.Pods(Manifests.Read(file))).Pod.Spec.Containers[0];
        var terminal = new Cli.TestTerminal().Terminal;
        using var interruption = new Graft.Cli.Interruption(TimeProvider.System);

        var parsed = GraftCommand.Create(new CommandHost(terminal, interruption, [])).Parse([.. container.Args]);

        Assert.Empty(parsed.Errors);
        Assert.StartsWith("/scratch/", container.Args[container.Args.IndexOf("--out") + 1], StringComparison.Ordinal);
        Assert.Contains(container.VolumeMounts, mount => mount is { MountPath: "/scratch", ReadOnlyProperty: null or false });
    }

    [Fact]
    public void Every_image_has_its_target_in_the_Dockerfile()
    {
        var targets = Stage().Matches(File.ReadAllText(Path.Combine(SharedData.Repository, "Dockerfile"))).Select(match => match.Groups[1].Value).ToHashSet();
        var images = new[] { Manifests.Of("cpu"), Manifests.Of("gpu"), Manifests.Read("runs/demo.yaml"), Manifests.Read("runs/matrix.yaml") }
            .SelectMany(Manifests.Pods).Select(pod => pod.Pod.Spec.Containers[0].Image).Where(image => image.Contains("/graft/", StringComparison.Ordinal))
            .Select(image => image.Split('/')[^1].Split(':')[0]).ToHashSet();

        Assert.Equal(6, images.Count);
        Assert.Subset(targets, images);
    }

    private static void AssertTaken(IEnumerable<KeyValuePair<string, string>> settings)
    {
        foreach (var section in settings.Select(setting => (Key: setting.Key.Replace("__", ":", StringComparison.Ordinal), setting.Value)).GroupBy(setting => SectionOf(setting.Key)))
        {
            var options = new ConfigurationBuilder()
                .AddInMemoryCollection(section.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)))
                .Build().GetSection(section.Key).Get(_sections[section.Key], binder => binder.ErrorOnUnknownConfiguration = true)!;
            if (options is not IValidatableObject)
            {
                Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
            }
        }
    }

    // The longest that fits: "VectorStore:S3" has options of its own.
    private static string SectionOf(string key) =>
        _sections.Keys.Where(section => key.StartsWith($"{section}:", StringComparison.Ordinal)).MaxBy(section => section.Length)
        ?? throw new InvalidOperationException($"No service reads {key}.");

    // A section is read into the class that names it, or that has its name.
    private static Dictionary<string, Type> Sections() =>
        new[] { "Graft.Hosting", "Graft.Client", "Graft.VectorStore", "Graft.Trainer", "Graft.Merger", "Graft.Evaluator", "Graft.Coordinator" }
            .SelectMany(name => Assembly.Load(name).GetTypes())
            .Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) && type is { IsClass: true, IsPublic: true } && type.GetConstructor([]) is not null)
            .GroupBy(type => type.GetField("Section")?.GetRawConstantValue() as string ?? type.Name[..^"Options".Length])
            .ToDictionary(group => group.Key, group => group.First());

    [GeneratedRegex(@"^sum\((\w+)\{kind=~""([a-z|]+)""\}\)$")]
    private static partial Regex Query();

    [GeneratedRegex(@"(?m)^FROM \S+ AS ([a-z-]+)$")]
    private static partial Regex Stage();
}
