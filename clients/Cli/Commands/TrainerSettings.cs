using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Graft.Cli.Commands;

/// <summary>Options of how training is done, which are no part of the recipe: they change no result. For a trainer in this process.</summary>
internal sealed partial class TrainerSettings
{
    private readonly CommandHost _host;

    private readonly Option<string?> _device = new("--device")
    {
        Description = "auto (all CUDA devices, or the CPU where there is none), cpu, cuda or cuda:N. [default: auto]",
        HelpName = "DEVICE",
    };

    private readonly Option<int?> _stateSteps = TrainingOptions.Count("--save-every", "Save the state after each so many steps, whatever it costs: all that a crash costs. [default: every 10 seconds, or a tenth of the time]", 1);
    private readonly Option<double?> _peak = TrainingOptions.Real("--peak-flops", "What the device can do, in floating operations a second; tells the utilisation, such as 989e12 for an H100 in bf16.", 0, 1e18);

    public TrainerSettings(CommandHost host)
    {
        _host = host;
        _device.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !DevicePattern().IsMatch(token.Value))
            {
                result.AddError($"--device is '{token.Value}'; auto, cpu, cuda or cuda:N is expected.");
            }
        });
    }

    public IEnumerable<Option> All => [_device, _stateSteps, _peak];

    /// <summary>They are for the process that trains, and that is another one where a server is named.</summary>
    public void Validate(CommandResult result)
    {
        if (_host.NamesServer(result) && All.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is { } given)
        {
            result.AddError($"{given.Name} is the server's to say: give it to graft serve, or as Trainer settings.");
        }
    }

    /// <summary>Settings of the section "Trainer".</summary>
    public IReadOnlyDictionary<string, string?> Settings(ParseResult result)
    {
        var settings = new Dictionary<string, string?>();
        Add("Device", result.GetValue(_device));
        Add("StateSteps", result.GetValue(_stateSteps)?.ToString(CultureInfo.InvariantCulture));
        Add("PeakFlops", result.GetValue(_peak)?.ToString("R", CultureInfo.InvariantCulture));
        return settings;

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                settings.Add(name, value);
            }
        }
    }

    [GeneratedRegex("^(auto|cpu|cuda(:[0-9]+)?)$")]
    private static partial Regex DevicePattern();
}
