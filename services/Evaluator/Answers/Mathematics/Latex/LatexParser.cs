using System.Globalization;
using System.Numerics;

namespace Graft.Evaluator.Answers.Mathematics.Latex;

/// <summary>
/// Reads arithmetic written in LaTeX: numbers, + - * / ^, \frac, \sqrt, \pi, letters as variables, products without a sign. Anything else
/// (intervals, tuples, equations, words with other commands) is no expression.
/// </summary>
internal sealed class LatexParser
{
    // Keeps hostile input off the stack.
    private const int MaxDepth = 40;

    private static readonly HashSet<string> _greek = [@"\alpha", @"\beta", @"\gamma", @"\delta", @"\theta", @"\lambda", @"\mu", @"\phi", @"\omega"];

    private readonly List<string> _tokens;
    private int _at;
    private int _depth;

    private LatexParser(List<string> tokens) => _tokens = tokens;

    private string? Next => _at < _tokens.Count ? _tokens[_at] : null;

    /// <returns>Null when the text is no such expression.</returns>
    public static Expression? Parse(string text)
    {
        if (LatexTokens.Of(text) is not { Count: > 0 } tokens)
        {
            return null;
        }

        var parser = new LatexParser(tokens);
        var expression = parser.Sum();
        return parser.Next is null ? expression : null;
    }

    private bool Take(string token)
    {
        if (Next != token)
        {
            return false;
        }

        _at++;
        return true;
    }

    private Expression? Sum()
    {
        if (++_depth > MaxDepth)
        {
            return null;
        }

        var sum = Take("-") ? Negative(Product()) : Take("+") ? Product() : Product();
        while (sum is not null && Next is "+" or "-")
        {
            var term = _tokens[_at++] == "-" ? Negative(Product()) : Product();
            sum = term is null || sum is null ? null : new Expression.Sum(sum, term);
        }

        _depth--;
        return sum;
    }

    private Expression? Product()
    {
        var product = Power();
        while (product is not null)
        {
            if (Take("/") || Take(@"\div"))
            {
                product = Signed() is { } divisor ? new Expression.Quotient(product, divisor) : null;
            }
            else if (Take("*") || Take(@"\cdot") || Take(@"\times"))
            {
                product = Signed() is { } factor ? new Expression.Product(product, factor) : null;
            }
            else if (Next is null or "+" or "-" or ")" or "}" or "]")
            {
                break;
            }
            else
            {
                product = Power() is { } factor ? new Expression.Product(product, factor) : null;
            }
        }

        return product;
    }

    private Expression? Signed() => Take("-") ? Negative(Power()) : Power();

    private Expression? Power()
    {
        var number = Atom();
        return number is not null && Take("^")
            ? Exponent() is { } exponent ? new Expression.Power(number, exponent) : null
            : number;
    }

    private Expression? Atom()
    {
        var token = Next;
        _at++;
        return token switch
        {
            null => null,
            "(" => Closed(")"),
            "{" => Closed("}"),
            @"\frac" or @"\dfrac" or @"\tfrac" => Argument() is { } above && Argument() is { } below ? new Expression.Quotient(above, below) : null,
            @"\sqrt" => Root(),
            @"\pi" => new Expression.Pi(),
            _ when char.IsAsciiDigit(token[0]) || token[0] == '.' => Number(token),
            _ when char.IsAsciiLetter(token[0]) || _greek.Contains(token) => new Expression.Variable(token),
            _ => null,
        };
    }

    private Expression.Power? Root()
    {
        Expression? degree = new Expression.Number(Whole(2));
        if (Take("["))
        {
            degree = Closed("]");
        }

        return degree is not null && Argument() is { } number
            ? new Expression.Power(number, new Expression.Quotient(new Expression.Number(Whole(1)), degree))
            : null;
    }

    // All digits of a number, as sympy reads it and everybody who leaves the braces away means it.
    private Expression? Exponent() => Take("-") ? Negative(Atom()) : Atom();

    /// <summary>What stands in braces, or else one digit, letter or command, as LaTeX takes it.</summary>
    private Expression? Argument()
    {
        if (Next is { Length: > 1 } number && char.IsAsciiDigit(number[0]))
        {
            // Of \frac12 only the first digit is the argument.
            _tokens[_at] = number[1..];
            return Number(number[..1]);
        }

        return Atom();
    }

    private Expression? Closed(string end) => Sum() is { } inner && Take(end) ? inner : null;

    private static Expression.Product? Negative(Expression? expression) =>
        expression is null ? null : new Expression.Product(new Expression.Number(Whole(-1)), expression);

    private static Expression.Number? Number(string token)
    {
        var text = token.Replace(",", "", StringComparison.Ordinal);
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var places = point < 0 ? 0 : text.Length - point - 1;
        var digits = text.Replace(".", "", StringComparison.Ordinal);
        return BigInteger.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new Expression.Number(Rational.Of(number, BigInteger.Pow(10, places))!.Value)
            : null;
    }

    private static Rational Whole(int number) => Rational.Of(number, 1)!.Value;
}
