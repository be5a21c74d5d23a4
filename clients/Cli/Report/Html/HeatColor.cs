namespace Graft.Cli.Report.Html;

/// <summary>An sRGB colour.</summary>
internal readonly record struct Rgb(byte Red, byte Green, byte Blue)
{
    public static Rgb Mix(Rgb from, Rgb to, double share) =>
        new(Mix(from.Red, to.Red, share), Mix(from.Green, to.Green, share), Mix(from.Blue, to.Blue, share));

    /// <summary>Contrast ratio of WCAG 2.2, 1..21.</summary>
    public static double Contrast(Rgb first, Rgb second)
    {
        var (light, dark) = (Math.Max(first.Luminance, second.Luminance), Math.Min(first.Luminance, second.Luminance));
        return (light + 0.05) / (dark + 0.05);
    }

    public override string ToString() => $"#{Red:x2}{Green:x2}{Blue:x2}";

    private double Luminance => 0.2126 * Linear(Red) + 0.7152 * Linear(Green) + 0.0722 * Linear(Blue);

    private static double Linear(byte channel)
    {
        var value = channel / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
    }

    private static byte Mix(byte from, byte to, double share) => (byte)Math.Round(from + (to - from) * share);
}

/// <summary>
/// Diverging colours: orange below the reference, blue above it, the page's own colour at it. The ends are chosen so that the page's text
/// colour is readable on every mixture, in light and in dark.
/// </summary>
internal static class HeatColor
{
    public static readonly Rgb LightText = new(0x1a, 0x1d, 0x21);
    public static readonly Rgb DarkText = new(0xf2, 0xf4, 0xf7);

    private static readonly Palette _light = new(new Rgb(0xf0, 0x92, 0x4a), new Rgb(0xfa, 0xfa, 0xf7), new Rgb(0x62, 0xa8, 0xe8));
    private static readonly Palette _dark = new(new Rgb(0x98, 0x42, 0x0c), new Rgb(0x26, 0x2a, 0x30), new Rgb(0x1d, 0x5a, 0x9e));

    /// <param name="share">-1 (worst) .. 0 (at the reference) .. 1 (best).</param>
    /// <param name="dark">For a dark page.</param>
    public static Rgb Of(double share, bool dark)
    {
        var palette = dark ? _dark : _light;
        return Rgb.Mix(palette.Middle, share < 0 ? palette.Worse : palette.Better, Math.Min(1, Math.Abs(share)));
    }

    private sealed record Palette(Rgb Worse, Rgb Middle, Rgb Better);
}
