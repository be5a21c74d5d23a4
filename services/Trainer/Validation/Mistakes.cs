using Graft.Faults;

namespace Graft.Trainer.Validation;

/// <summary>Gathers what is wrong, so that all of it is told at once.</summary>
internal sealed class Mistakes
{
    private readonly List<(string Field, string What)> _found = [];
    private FaultException? _lone;

    public void Require(bool isRight, string field, string what)
    {
        if (!isRight)
        {
            _found.Add((field, what));
        }
    }

    /// <summary>Takes the fault of a check for a mistake.</summary>
    public void Gather(string field, Action check)
    {
        try
        {
            check();
        }
        catch (FaultException fault) when (fault.Kind is FaultKind.Invalid or FaultKind.NotFound)
        {
            Take(field, fault);
        }
    }

    /// <summary>Takes the fault of a check for a mistake.</summary>
    public async Task GatherAsync(string field, Func<Task> check)
    {
        try
        {
            await check();
        }
        catch (FaultException fault) when (fault.Kind is FaultKind.Invalid or FaultKind.NotFound)
        {
            Take(field, fault);
        }
    }

    /// <exception cref="FaultException">Invalid: all mistakes, if there are any; the fault of a check itself when it is the only one.</exception>
    public void Throw()
    {
        if (_found.Count == 1 && _lone is { Kind: FaultKind.Invalid })
        {
            throw _lone;
        }

        if (_found.Count > 0)
        {
            throw FaultException.Invalid(string.Join("; ", _found.Select(mistake => Text(mistake.Field, mistake.What))) + ".", _found[0].Field);
        }
    }

    private void Take(string field, FaultException fault)
    {
        _lone = fault;
        _found.Add((fault.Field ?? field, $": {fault.Message.TrimEnd('.')}"));
    }

    private static string Text(string field, string what) => what.StartsWith(':') ? $"{field}{what}" : $"{field} {what}";
}
