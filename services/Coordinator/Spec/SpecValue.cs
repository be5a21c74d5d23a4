namespace Graft.Coordinator.Spec;

/// <summary>What a value of a spec must look like, for its parser and for the schema of editors.</summary>
internal abstract record SpecValue;

internal sealed record TextValue : SpecValue
{
    /// <summary>Of several lines, such as a description of a task.</summary>
    public bool IsLong { get; init; }
}

/// <summary>A whole number.</summary>
internal sealed record IntegerValue(int Min, int Max = int.MaxValue) : SpecValue;

/// <summary>A whole number of 64 bits without sign.</summary>
internal sealed record SeedValue : SpecValue;

/// <summary>A finite number.</summary>
internal sealed record NumberValue(NumberRange Range) : SpecValue;

internal sealed record FlagValue : SpecValue;

/// <summary>One of some words.</summary>
internal abstract record ChoiceValue(IReadOnlyList<string> Words) : SpecValue;

/// <summary>One of some words, each of which stands for something.</summary>
internal sealed record ChoiceValue<T>(params (string Word, T Meaning)[] Choices) : ChoiceValue([.. Choices.Select(choice => choice.Word)]);

/// <summary>Something that exists.</summary>
internal sealed record ReferenceValue(ReferenceKind Kind) : SpecValue;

/// <summary>A mapping with known keys.</summary>
internal sealed record SectionValue(SpecSection Section) : SpecValue;

/// <summary>A mapping of the author's names to values of one kind.</summary>
internal sealed record NamedValue(SpecValue Item) : SpecValue;

/// <summary>A mapping of references to numbers.</summary>
internal sealed record WeightsValue(ReferenceKind Kind, NumberRange Range) : SpecValue;

/// <summary>A mapping that another parser reads.</summary>
internal sealed record OpenValue : SpecValue;

internal sealed record ListValue(SpecValue Item) : SpecValue;

/// <summary>One of several forms.</summary>
internal sealed record EitherValue(params SpecValue[] Forms) : SpecValue;

/// <summary>Which numbers fit.</summary>
/// <param name="Text">In words.</param>
internal sealed record NumberRange(string Text)
{
    public static NumberRange Positive { get; } = new("above 0") { Above = 0 };

    public static NumberRange NotNegative { get; } = new("0 or more") { Min = 0 };

    public static NumberRange NotZero { get; } = new("not 0") { Not = 0 };

    public static NumberRange Any { get; } = new("any");

    public static NumberRange Part { get; } = new("0 to 1") { Min = 0, Max = 1 };

    public static NumberRange Decay { get; } = new("0 to below 1") { Min = 0, Below = 1 };

    public static NumberRange Share { get; } = new("above 0, at most 1") { Above = 0, Max = 1 };

    public double? Min { get; init; }

    public double? Above { get; init; }

    public double? Max { get; init; }

    public double? Below { get; init; }

    public double? Not { get; init; }

    public bool Contains(double value) =>
        double.IsFinite(value) && !(value < Min) && !(value <= Above) && !(value > Max) && !(value >= Below) && value != Not;
}
