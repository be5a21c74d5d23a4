using Graft.Trainer.Data;

namespace Graft.Cli.Data;

/// <summary>What became of a row, in words.</summary>
internal static class FateWords
{
    public static string Of(RowFate fate) => fate switch
    {
        RowFate.Kept => "kept",
        RowFate.Truncated => "truncated",
        RowFate.TooShort => "dropped, fewer than two tokens",
        RowFate.NoTarget => "dropped, nothing in it counts in the loss",
        RowFate.TargetCutOff => "dropped, nothing that counts is left after the cut",
    };
}
