namespace Graft.Cli.Report.Html;

/// <summary>How a series looks: a class of the style sheet for its colour, and a shape so that colour is not needed to tell it apart.</summary>
/// <param name="Class">"ft", "control" or "s0" to "s5".</param>
/// <param name="Shape">0 circle, 1 square, 2 diamond, 3 triangle, 4 upside down triangle.</param>
/// <param name="Hollow">Outline only.</param>
internal sealed record Mark(string Class, int Shape, bool Hollow = false)
{
    internal const int Colors = 6;
    internal const int Shapes = 5;

    /// <summary>The look of the nth source of a vector.</summary>
    public static Mark Source(int index) => new($"s{index % Colors}", index % Shapes);

    /// <summary>A symbol of about 8 pixels around a point, with a title that shows on hover.</summary>
    public Fragment Draw(double x, double y, string title) => Fragment.Of(
        $"""<path class="mark {Class}{(Hollow ? " hollow" : "")}" transform="translate({x} {y})" d="{Outline}"><title>{title}</title></path>""");

    private string Outline => Shape switch
    {
        0 => "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z",
        1 => "M-3.2 -3.2h6.4v6.4h-6.4z",
        2 => "M0 -4.4L4.4 0L0 4.4L-4.4 0z",
        3 => "M0 -4.2L4.2 3.4H-4.2z",
        _ => "M0 4.2L4.2 -3.4H-4.2z",
    };
}

/// <summary>The key to the marks of one or more charts.</summary>
internal static class Legend
{
    public static Fragment Render(IEnumerable<(Mark Mark, string Label)> entries)
    {
        var items = entries.Select(entry => Fragment.Of(
            $"""
            <li><svg class="key" viewBox="-13 -6 26 12" aria-hidden="true"><path class="line {entry.Mark.Class}" d="M-12 0H12"/>
            {entry.Mark.Draw(0, 0, entry.Label)}</svg>{entry.Label}</li>

            """));
        return Fragment.Of($"<ul class=\"legend\">\n{items.Join()}</ul>\n");
    }
}
