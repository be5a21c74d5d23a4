using Spectre.Console;

namespace Graft.Cli.Trainings;

/// <summary>Shows the steps of a training as they come: a curve on a terminal, a line now and then elsewhere, or each step as JSON.</summary>
internal sealed class TrainingFollower(Terminal terminal, string title)
{
    private static readonly TimeSpan _redraw = TimeSpan.FromMilliseconds(125);
    private static readonly TimeSpan _heartbeat = TimeSpan.FromSeconds(10);

    /// <summary>A line of JSON for each step, on standard output.</summary>
    public async Task WriteJsonAsync(IAsyncEnumerable<V1.WatchTrainingResponse> updates)
    {
        await foreach (var update in updates)
        {
            foreach (var step in update.Steps)
            {
                Terminal.WriteLine(terminal.Output, StepWords.Json(step).ToJsonString());
            }
        }
    }

    public Task ShowAsync(IAsyncEnumerable<V1.WatchTrainingResponse> updates) =>
        terminal.Output.Profile.Capabilities.Interactive ? DrawAsync(updates) : WriteLinesAsync(updates);

    private Task DrawAsync(IAsyncEnumerable<V1.WatchTrainingResponse> updates)
    {
        var view = new TrainingView(terminal.Output, title);
        return terminal.Output.Live(new Text(title)).AutoClear(false).StartAsync(async display =>
        {
            var drawn = terminal.Time.GetTimestamp();
            await foreach (var update in updates)
            {
                view.Add(update);
                if (update.Ended || terminal.Time.GetElapsedTime(drawn) >= _redraw)
                {
                    display.UpdateTarget(view.Draw());
                    display.Refresh();
                    drawn = terminal.Time.GetTimestamp();
                }
            }
        });
    }

    private async Task WriteLinesAsync(IAsyncEnumerable<V1.WatchTrainingResponse> updates)
    {
        long? written = null;
        V1.TrainingStep? last = null;
        var total = 0;
        await foreach (var update in updates)
        {
            total = update.Total;
            last = update.Steps.Count > 0 ? update.Steps[^1] : last;
            if (last is not null && (update.Ended || written is null || terminal.Time.GetElapsedTime(written.Value) >= _heartbeat))
            {
                Terminal.WriteLine(terminal.Output, $"{StepWords.Learning(last, total)}, {StepWords.Pace(last)}");
                written = terminal.Time.GetTimestamp();
            }
        }
    }
}
