namespace Graft.Evaluator.Statistics;

/// <summary>McNemar's test on items that two models answer: only those that exactly one of them gets right count.</summary>
public static class McNemar
{
    /// <summary>Two-sided exact p: 2 P(X &lt;= min(b, c)) for X ~ Binomial(b + c, 1/2), at most 1.</summary>
    /// <param name="onlyFirst">b: items only the first model gets right.</param>
    /// <param name="onlySecond">c: items only the second gets right.</param>
    public static double ExactP(int onlyFirst, int onlySecond)
    {
        var n = onlyFirst + onlySecond;
        var logTerm = -n * Math.Log(2);
        var sum = 0.0;
        for (var k = 0; k <= Math.Min(onlyFirst, onlySecond); k++)
        {
            sum += Math.Exp(logTerm);
            logTerm += Math.Log((double)(n - k) / (k + 1));
        }

        return Math.Min(1, 2 * sum);
    }
}
