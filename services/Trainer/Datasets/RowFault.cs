using Graft.Faults;

namespace Graft.Trainer.Datasets;

/// <summary>Faults of the data: which file, which row, which field, what was found there.</summary>
internal static class RowFault
{
    private const string Field = "recipe.phases.dataset";

    public static FaultException Wrong(RowPlace place, string field, string found, string expected) =>
        FaultException.Invalid($"{place}: {field} is {found}, and must be {expected}.", Field);

    public static FaultException Row(RowPlace place, string problem, Exception? inner = null) =>
        FaultException.Invalid($"{place} {problem}", Field, inner);

    public static FaultException File(string file, string problem, Exception? inner = null) =>
        FaultException.Invalid($"{file} {problem}", Field, inner);

    /// <summary>The same fault with the place put before it.</summary>
    public static FaultException At(RowPlace place, FaultException fault) =>
        FaultException.Invalid($"{place}: {fault.Message}", fault.Field ?? Field, fault);
}
