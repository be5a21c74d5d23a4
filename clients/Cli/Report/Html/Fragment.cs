using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Graft.Cli.Report.Html;

/// <summary>A piece of HTML that is right to put into a page. The only way to make one escapes whatever is not a fragment itself.</summary>
internal readonly record struct Fragment
{
    private readonly string? _html;

    private Fragment(string html) => _html = html;

    public static Fragment Empty => default;

    public bool IsEmpty => string.IsNullOrEmpty(_html);

    /// <summary>The literal parts stand as they are; what is filled in is escaped unless it is a fragment.</summary>
    public static Fragment Of(FragmentHandler handler) => new(handler.ToString());

    /// <summary>Text of our own that needs no escaping, such as a style sheet.</summary>
    public static Fragment Verbatim(string html) => new(html);

    public static Fragment Join(IEnumerable<Fragment> fragments) => new(string.Concat(fragments));

    public override string ToString() => _html ?? "";
}

internal static class Fragments
{
    public static Fragment Join(this IEnumerable<Fragment> fragments) => Fragment.Join(fragments);
}

/// <summary>Builds a fragment from an interpolated string.</summary>
[InterpolatedStringHandler]
internal readonly ref struct FragmentHandler
{
    private readonly StringBuilder _html;

    public FragmentHandler(int literalLength, int formattedCount) => _html = new StringBuilder(literalLength + 16 * formattedCount);

    public void AppendLiteral(string html) => _html.Append(html);

    public void AppendFormatted(Fragment fragment) => _html.Append(fragment.ToString());

    public void AppendFormatted(string? text) => _html.Append(WebUtility.HtmlEncode(text));

    public void AppendFormatted(int number) => _html.Append(number);

    public void AppendFormatted(long number) => _html.Append(number);

    /// <summary>A coordinate: a hundredth of a pixel is fine enough.</summary>
    public void AppendFormatted(double coordinate) => _html.Append(coordinate.ToString("0.##"));

    public override string ToString() => _html.ToString();
}
