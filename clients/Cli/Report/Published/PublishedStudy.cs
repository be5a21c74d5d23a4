using System.Globalization;
using System.Text.Json;
using Graft.Artifacts;

namespace Graft.Cli.Report.Published;

/// <summary>The published tables as the results of a study. They have no items, seeds or error bars; errors here follow from the counts.</summary>
internal static class PublishedStudy
{
    private const string Resource = "Graft.Cli.Report.Published.published.json";

    /// <summary>The target task, whose scores are counts of correct items.</summary>
    public const string Task = "gsm8k";

    public const string Title = "published tables, arXiv 2503.20110";

    public static Results Load()
    {
        using var stream = typeof(PublishedStudy).Assembly.GetManifestResourceStream(Resource)!;
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        var file = memory.ToArray();
        using var document = JsonDocument.Parse(file);
        var root = document.RootElement;
        string[] trajectory = [.. root.GetProperty("trajectory").EnumerateArray().Select(name => name.GetString()!)];
        var stages = root.GetProperty("stages").EnumerateArray().Select(stage => stage.GetInt32());
        List<CellScore> cells = [.. root.GetProperty("tasks").EnumerateObject().SelectMany(task => new PublishedTask(task, Digest.Of(file)).Cells())];
        return new Results(new StudyInfo(0, Title, TimeSpan.Zero))
        {
            Tasks = ResultsBuilder.TasksOf(cells, trajectory),
            Stages = trajectory.Zip(stages).ToDictionary(stage => stage.First, stage => stage.Second),
            Cells = cells,
            Source = $"{root.GetProperty("source").GetString()}. {root.GetProperty("note").GetString()}",
        };
    }

    private sealed class PublishedTask(JsonProperty task, Digest file)
    {
        private readonly string _metric = task.Value.GetProperty("metric").GetString()!;
        private readonly int _items = task.Value.GetProperty("items").GetInt32();
        private readonly int[] _steps = [.. task.Value.GetProperty("ft").GetProperty("steps").EnumerateArray().Select(step => step.GetInt32())];

        public IEnumerable<CellScore> Cells()
        {
            foreach (var at in Part("pt"))
            {
                yield return Cell(Experiments.Pretrained, at.Name, "", 0, at.Value);
            }

            foreach (var (name, step, printed) in Curves(Part("ft").Where(at => at.Name != "steps")))
            {
                yield return Cell(Experiments.FineTuned, name, "", step, printed);
            }

            foreach (var at in Part("merge"))
            {
                foreach (var cell in at.Value.EnumerateObject())
                {
                    yield return Cell(Experiments.Merge, at.Name, cell.Name, 0, cell.Value);
                }
            }

            foreach (var at in Part("continual"))
            {
                foreach (var (source, step, printed) in Curves(at.Value.EnumerateObject()))
                {
                    yield return Cell(Experiments.Continual, at.Name, source, step, printed);
                }
            }

            foreach (var (name, step, printed) in Curves(Part("recurrent")))
            {
                yield return Cell(Experiments.Recurrent, name, "", step, printed);
            }
        }

        private List<JsonProperty> Part(string name) => task.Value.TryGetProperty(name, out var part) ? [.. part.EnumerateObject()] : [];

        /// <summary>A curve of a single point is its last.</summary>
        private IEnumerable<(string Name, int Step, JsonElement Printed)> Curves(IEnumerable<JsonProperty> curves) => curves.SelectMany(curve =>
        {
            JsonElement[] points = [.. curve.Value.EnumerateArray()];
            return points.Select((point, index) => (curve.Name, _steps[_steps.Length - points.Length + index], point));
        });

        private CellScore Cell(string experiment, string name, string source, int step, JsonElement printed)
        {
            var cell = new V1.Cell { Experiment = experiment, Base = name, Source = source, Step = step, Scale = source.Length > 0 ? 1 : 0 };
            return new CellScore(task.Name, _metric, _items, cell, Score(printed.GetString()!));
        }

        /// <summary>
        /// Binomial for counts. For means of values between 0 and 1 the same formula is the largest their error can be.
        /// </summary>
        private Score Score(string printed)
        {
            var count = _metric == "exact_match" ? PrintedScore.Count(printed, _items) : null;
            var value = count is { } correct ? (double)correct / _items : double.Parse(printed, CultureInfo.InvariantCulture) / 100;
            return new Score(value, Math.Sqrt(value * (1 - value) / (_items - 1)), file) { Count = count };
        }
    }
}
