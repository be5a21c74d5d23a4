using Spectre.Console;

namespace Graft.Cli.Jobs;

/// <summary>
/// Progress of one piece of work on standard error: a line that is redrawn on a terminal, a line every ten seconds elsewhere.
/// </summary>
internal sealed class ProgressLine(Terminal terminal, string title)
{
    private static readonly TimeSpan _redraw = TimeSpan.FromMilliseconds(125);
    private static readonly TimeSpan _heartbeat = TimeSpan.FromSeconds(10);

    private volatile string _text = "";

    public void Report(WorkProgress progress) => _text = progress.ToString();

    public void Report(string text) => _text = text;

    /// <summary>Shows progress for as long as the work takes.</summary>
    public async Task<T> ShowAsync<T>(Func<Task<T>> work)
    {
        var console = terminal.Error;
        if (!console.Profile.Capabilities.Interactive)
        {
            var task = work();
            await TickAsync(task, _heartbeat, () => Terminal.WriteLine(console, $"{title}: {_text}"));
            return await task;
        }

        return await console.Status().Spinner(Spinner.Known.Line).StartAsync(Markup.Escape(title), async status =>
        {
            var task = work();
            await TickAsync(task, _redraw, () => status.Status = Markup.Escape(_text.Length > 0 ? $"{title}: {_text}" : title));
            return await task;
        });
    }

    private async Task TickAsync(Task work, TimeSpan interval, Action tick)
    {
        while (await Task.WhenAny(work, Task.Delay(interval, terminal.Time)) != work)
        {
            tick();
        }
    }
}
