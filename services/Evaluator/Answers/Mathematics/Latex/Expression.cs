using System.Numerics;

namespace Graft.Evaluator.Answers.Mathematics.Latex;

/// <summary>An arithmetic expression.</summary>
internal abstract record Expression
{
    /// <summary>Its value as a rational number; null when it has variables, is irrational or not defined.</summary>
    public abstract Rational? Exact();

    /// <summary>Its value with complex numbers for variables; not finite where it is not defined.</summary>
    public abstract Complex At(Func<string, Complex> variable);

    public sealed record Number(Rational Value) : Expression
    {
        public override Rational? Exact() => Value;

        public override Complex At(Func<string, Complex> variable) => Value.ToDouble();
    }

    public sealed record Variable(string Name) : Expression
    {
        public override Rational? Exact() => null;

        public override Complex At(Func<string, Complex> variable) => variable(Name);
    }

    public sealed record Pi : Expression
    {
        public override Rational? Exact() => null;

        public override Complex At(Func<string, Complex> variable) => Math.PI;
    }

    public sealed record Sum(Expression Left, Expression Right) : Expression
    {
        public override Rational? Exact() => Left.Exact() is { } left && Right.Exact() is { } right ? Rational.Add(left, right) : null;

        public override Complex At(Func<string, Complex> variable) => Left.At(variable) + Right.At(variable);
    }

    public sealed record Product(Expression Left, Expression Right) : Expression
    {
        public override Rational? Exact() => Left.Exact() is { } left && Right.Exact() is { } right ? Rational.Multiply(left, right) : null;

        public override Complex At(Func<string, Complex> variable) => Left.At(variable) * Right.At(variable);
    }

    public sealed record Quotient(Expression Above, Expression Below) : Expression
    {
        public override Rational? Exact() => Above.Exact() is { } above && Below.Exact() is { } below ? Rational.Divide(above, below) : null;

        public override Complex At(Func<string, Complex> variable) => Above.At(variable) / Below.At(variable);
    }

    public sealed record Power(Expression Base, Expression Exponent) : Expression
    {
        public override Rational? Exact() => Base.Exact() is { } number && Exponent.Exact() is { } exponent ? Rational.Power(number, exponent) : null;

        public override Complex At(Func<string, Complex> variable) => Complex.Pow(Base.At(variable), Exponent.At(variable));
    }
}
