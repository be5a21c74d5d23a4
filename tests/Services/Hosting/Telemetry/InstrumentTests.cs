using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Graft.Coordinator;
using Graft.Evaluator;
using Graft.Hosting.Jobs;
using Graft.Hosting.Telemetry;
using Graft.Merger;
using Graft.Trainer;
using Graft.VectorStore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Graft.Tests.Services.Hosting.Telemetry;

/// <summary>The instruments of all services, against the table of services/Hosting/Telemetry/README.md.</summary>
public sealed partial class InstrumentTests
{
    [Fact]
    public async Task The_table_lists_every_instrument_and_no_other_with_its_type()
    {
        Dictionary<string, string> found = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == GraftMeter.Name)
                {
                    lock (found)
                    {
                        found[PrometheusName(instrument)] = TypeOf(instrument);
                    }
                }
            },
        };
        listener.Start();
        await using var host = await TestHost.StartAsync(
            builder => builder.AddVectorStore().AddTrainer().AddMerger().AddEvaluator().AddCoordinator(),
            app => app.MapVectorStore().MapTrainer().MapMerger().MapEvaluator().MapCoordinator());
        _ = host.App.Services.GetRequiredService<JobTable>();
        await host.Client.Store.ReadAsync(
            (await host.Client.Store.WriteFileAsync("a", new byte[] { 1 }, TestContext.Current.CancellationToken)).Sha256, 1, TestContext.Current.CancellationToken);

        var text = await File.ReadAllTextAsync(Path.Combine(SharedData.Repository, "services", "Hosting", "Telemetry", "README.md"), TestContext.Current.CancellationToken);
        var documented = Row().Matches(text).ToDictionary(row => row.Groups[1].Value, row => row.Groups[2].Value);

        lock (found)
        {
            Assert.Equal(documented.OrderBy(item => item.Key, StringComparer.Ordinal), found.OrderBy(item => item.Key, StringComparer.Ordinal));
        }
    }

    // As the exporter names them.
    private static string PrometheusName(Instrument instrument)
    {
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        var name = instrument.Name.EndsWith(unit, StringComparison.Ordinal) ? instrument.Name : instrument.Name + unit;
        return TypeOf(instrument) == "counter" ? name + "_total" : name;
    }

    private static string TypeOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        nameof(Counter<>) or nameof(ObservableCounter<>) => "counter",
        nameof(Histogram<>) => "histogram",
        _ => "gauge",
    };

    [GeneratedRegex(@"^\| `(graft_[a-z0-9_]+)` \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
