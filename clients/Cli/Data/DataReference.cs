using System.Globalization;
using Graft.Faults;

namespace Graft.Cli.Data;

/// <summary>Training data as the command line names it: a file, a folder or a name of the store, with a weight behind a colon.</summary>
/// <param name="Name">The file, folder or name.</param>
/// <param name="Weight">Rows taken in an epoch, as a multiple of those there are.</param>
internal sealed record DataReference(string Name, double Weight)
{
    /// <exception cref="FaultException">Invalid: a weight that is none.</exception>
    public static DataReference Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || Path.Exists(text) || !double.TryParse(text[(colon + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out var weight))
        {
            return new DataReference(text, 1);
        }

        return weight is > 0 and <= 1000
            ? new DataReference(text[..colon], weight)
            : throw FaultException.Invalid($"--data is {text}; a weight is above 0 and at most 1000, such as {text[..colon]}:0.5.");
    }
}
