using System.Diagnostics.Metrics;
using Graft.Coordinator.Run;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Run;

public sealed class JobPoolMetricsTests
{
    [Fact]
    public async Task Jobs_are_wanted_until_they_end_and_queued_until_a_worker_has_them()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var coordinator = new TestCoordinator(new FakeWorld { Hold = (_, _) => gate.Task });
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        _ = new JobPoolMetrics(coordinator.Pool, meters);

        var before = Read(meters);
        var board = await coordinator.StartAsync(DemoSpec.Given(6, evaluate: false));
        await coordinator.UntilAsync(() => Read(meters)["graft_jobs_queued extract"] == 2);
        var meanwhile = Read(meters);
        gate.SetResult();
        await coordinator.EndAsync(board);

        string[] kinds = ["train", "extract", "merge", "compare", "evaluate"];
        Assert.Equal(kinds.SelectMany(kind => new[] { $"graft_jobs_queued {kind}", $"graft_jobs_wanted {kind}" }).Order(), before.Keys.Order());
        Assert.All(before.Values, value => Assert.Equal(0, value));
        // Six vectors are to be extracted, and the coordinator has four jobs with workers at a time.
        Assert.Equal((6, 2, 0), (meanwhile["graft_jobs_wanted extract"], meanwhile["graft_jobs_queued extract"], meanwhile["graft_jobs_wanted merge"]));
        Assert.All(Read(meters).Values, value => Assert.Equal(0, value));
    }

    private static Dictionary<string, int> Read(IMeterFactory meters)
    {
        Dictionary<string, int> seen = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope == meters)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => seen[$"{instrument.Name} {tags[0].Value}"] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;
    }
}
