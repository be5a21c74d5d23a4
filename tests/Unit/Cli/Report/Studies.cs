using System.Text;
using Graft.Artifacts;
using Graft.Cli.Report;

namespace Graft.Tests.Unit.Cli.Report;

/// <summary>Invented results with every part, round enough to check by hand.</summary>
internal static class Studies
{
    public static Digest DigestOf(string name) => Digest.Of(Encoding.UTF8.GetBytes(name));

    public static Score ScoreOf(double value, double error = 0.025) => new(value, error, DigestOf($"{value} {error}"));

    /// <summary>A score whose items are known; the value is their mean.</summary>
    public static Score ItemsOf(params IReadOnlyList<double> values)
    {
        var mean = values.Average();
        var error = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1) / values.Count);
        return new Score(mean, error, DigestOf(string.Join(' ', values))) { Items = new ItemValues([.. values.Select((_, i) => $"{i}")], values) };
    }

    public static OrderedDictionary<string, T> Map<T>(params (string Key, T Value)[] entries) =>
        new(entries.Select(entry => KeyValuePair.Create(entry.Key, entry.Value)));

    public static IReadOnlyDictionary<string, Score> Scores(params (string Key, double Value)[] entries) =>
        Map([.. entries.Select(entry => (entry.Key, ScoreOf(entry.Value)))]);

    public static IReadOnlyList<StepScore> Curve(params (int Step, double Value)[] points) =>
        [.. points.Select(point => new StepScore(point.Step, ScoreOf(point.Value)))];

    public static IReadOnlyList<StepScore> Given(double value) => [new StepScore(null, ScoreOf(value))];

    public static TaskResults Sums => new("exact_match", 200)
    {
        Pt = Scores(("M1", 0.10), ("M2", 0.20), ("M3", 0.40)),
        Ft = Map(("M1", Curve((10, 0.20), (20, 0.30))), ("M2", Curve((10, 0.35), (20, 0.45))), ("M3", Curve((10, 0.50), (20, 0.60)))),
        Merge = Map(
            ("M1", Scores(("M2", 0.15), ("M3", 0.12))),
            ("M2", Scores(("M1", 0.25), ("M3", 0.25))),
            ("M3", Scores(("M1", 0.30), ("M2", 0.55)))),
        Continual = Map<IReadOnlyDictionary<string, IReadOnlyList<StepScore>>>(
            ("M2", Map(("M1", Curve((10, 0.50), (20, 0.56))))),
            ("M3", Map(("M1", Curve((10, 0.46), (20, 0.58))), ("M2", Curve((10, 0.61), (20, 0.65)))))),
        Recurrent = Map(("M3", new RecurrentScores(ScoreOf(0.62), Curve((10, 0.66), (20, 0.71))))),
        Control = Map(("M2", Curve((20, 0.57))), ("M3", Curve((20, 0.70)))),
    };

    public static TaskResults Facts => new("bits_per_byte", 50)
    {
        Pt = Scores(("M1", 2.0), ("M2", 1.5), ("M3", 1.25)),
        Ft = Map(("M1", Given(2.125)), ("M2", Given(1.5625)), ("M3", Given(1.375))),
        Merge = Map(("M2", Scores(("M1", 1.75), ("M3", 1.625))), ("M3", Scores(("M1", 1.5), ("M2", 1.5)))),
    };

    public static Results Small => new(new StudyInfo(7, "small", TimeSpan.FromMilliseconds(12_346)))
    {
        Checkpoints = Map(("M1", DigestOf("M1")), ("M1-FT", DigestOf("M1-FT")), ("M2+M1", DigestOf("M2+M1"))),
        Tasks = Map(("sums", Sums), ("facts", Facts)),
        Stages = new Dictionary<string, int> { ["M1"] = 1, ["M2"] = 2, ["M3"] = 2 },
    };
}
