using System.Diagnostics.CodeAnalysis;
using Graft.Cli.Demo;
using Graft.Client;

namespace Graft.Tests.Benchmarks.Load;

/// <summary>The demo's smoke study, again and again with another seed.</summary>
[SuppressMessage("Design", "CA1031", Justification = "Whatever goes wrong is counted.")]
internal sealed class StudyRounds(GraftClient client)
{
    private volatile string _current = "";

    /// <summary>The run that goes on, to be watched.</summary>
    public string Current => _current;

    public int Finished { get; private set; }

    public int Failed { get; private set; }

    public async Task RepeatAsync(CancellationToken end)
    {
        for (var seed = 1UL; !end.IsCancellationRequested; seed++)
        {
            try
            {
                await RunAsync(seed, end);
            }
            catch (Exception exception) when (!end.IsCancellationRequested)
            {
                Failed++;
                Console.WriteLine($"  study {seed}: {exception.Message}");
            }
            catch (Exception)
            {
                return;
            }
        }
    }

    public async Task RunAsync(ulong seed, CancellationToken cancellationToken)
    {
        var spec = new DemoSpec(DemoPreset.Smoke, seed);
        var inputs = await DemoUpload.WriteAsync(client.Store, spec, cancellationToken);
        var message = new V1.RunSpec { Yaml = spec.ToYaml() };
        message.Inputs.AddRange(inputs.Select(input => new V1.Input { Reference = spec.NameOf(input.Key), Artifact = input.Value.ToString() }));
        var last = await client.Coordinator.StartAsync(message, cancellationToken);
        _current = last.Id;
        await foreach (var run in client.Coordinator.WatchAsync(last.Id, cancellationToken))
        {
            last = run;
        }

        if (last.State == V1.RunState.Succeeded)
        {
            Finished++;
        }
        else
        {
            Failed++;
        }
    }
}
