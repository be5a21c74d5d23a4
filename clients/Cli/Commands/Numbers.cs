using System.CommandLine.Parsing;

namespace Graft.Cli.Commands;

/// <summary>Bounds of options.</summary>
internal static class Numbers
{
    public static Action<OptionResult> AtLeast(long least) => result =>
    {
        if (result.Tokens is [var token] && long.TryParse(token.Value, out var value) && value < least)
        {
            result.AddError($"{result.Option.Name} is {value}; {least} or more is expected.");
        }
    };

    /// <param name="low">Smallest value.</param>
    /// <param name="high">Largest value.</param>
    public static Action<OptionResult> Within(double low, double high) => result =>
    {
        if (result.Tokens is [var token] && double.TryParse(token.Value, out var value) && !(value >= low && value <= high))
        {
            result.AddError($"{result.Option.Name} is {value}; {low} to {high} is expected.");
        }
    };
}
