using System.Text.RegularExpressions;

namespace Graft.Evaluator.Answers.Mathematics;

/// <summary>Final answers of MATH as OLMES finds them (oe_eval 0.1.0, tasks/oe_eval_tasks/minerva_math.py).</summary>
/// <param name="Stated">The answer behind "Final Answer: The final answer is", in Minerva's form; null where it is not said so.</param>
/// <param name="Candidates">All answers the text may mean, in Minerva's form, the stated one first; at least one.</param>
internal sealed partial record MathAnswer(string? Stated, IReadOnlyList<string> Candidates)
{
    private const string Ending = "I hope it is correct.";

    public static MathAnswer Of(string text)
    {
        var match = FinalAnswer().Match(text + Ending);
        var stated = match.Success ? MinervaForm.Of(match.Groups[1].Value.Trim()) : null;
        stated = stated is "[invalidanswer]" ? null : stated;
        List<string> candidates = [];
        if (stated is not null)
        {
            candidates.Add(stated);
        }

        if (Boxed.Last(text) is { } boxed)
        {
            candidates.Add(MinervaForm.Of(boxed));
        }

        if (candidates.Count == 0)
        {
            candidates.Add(MinervaForm.Of(LastFormula(text) ?? text));
        }

        return new MathAnswer(stated, candidates);
    }

    /// <summary>The gold answer: what a published solution has in its last box, in Minerva's form; null when it has none.</summary>
    public static string? OfSolution(string solution) => Boxed.Last(solution) is { } boxed ? MinervaForm.Of(boxed) : null;

    // Between the last two dollar signs.
    private static string? LastFormula(string text)
    {
        var end = text.LastIndexOf('$');
        var begin = end > 0 ? text.LastIndexOf('$', end - 1) : -1;
        return begin >= 0 ? text[(begin + 1)..end] : null;
    }

    [GeneratedRegex("Final Answer: The final answer is(.*?). I hope it is correct.")]
    private static partial Regex FinalAnswer();
}
