using System.Text.Json;
using Graft.Cli.Report.Claims;
using Graft.Cli.Report.Predicates;

namespace Graft.Cli.Report;

/// <summary>What was added to schema 1 after its first readers were written; absent where a study has none of it.</summary>
internal static partial class ResultsJson
{
    private static void WriteSeeds(Utf8JsonWriter json, Score score)
    {
        if (score.Count is { } count)
        {
            json.WriteNumber("count", count);
        }

        if (score.BitsPerByte is { } loss)
        {
            json.WriteNumber("bits_per_byte", loss);
        }

        if (score.Deviation is not { } deviation)
        {
            return;
        }

        json.WriteNumber("deviation", deviation);
        WriteArray(json, "seeds", score.Seeds, seed =>
        {
            json.WriteNumber("seed", seed.Seed);
            json.WriteNumber("value", seed.Value);
            json.WriteNumber("stderr", seed.StandardError);
            json.WriteString("evaluation", seed.Evaluation.ToString());
        });
    }

    private static void WriteParts(Utf8JsonWriter json, TaskResults task)
    {
        WriteArray(json, "slices", task.Slices, slice =>
        {
            json.WriteNumber("scale", slice.Scale);
            json.WriteNumber("vector_step", slice.VectorStep);
            WriteMap(json, "merge", slice.Merge, sources => WriteObject(json, sources, score => WriteScore(json, score)));
        });
        WriteArray(json, "paths", task.Paths, path =>
        {
            json.WriteString("variant", path.Variant);
            json.WriteString("base", path.Base);
            json.WriteString("source", path.Source);
            WriteNumber(json, "barrier", path.Barrier(score => score.Value, Metric.Of(task.Metric).LowerIsBetter)?.Height);
            WriteNumber(json, "loss_barrier", path.Barrier(score => score.BitsPerByte, lowerIsBetter: true)?.Height);
            WriteArray(json, "points", path.Points, point =>
            {
                json.WriteNumber("at", point.At);
                json.WritePropertyName("score");
                WriteScore(json, point.Score);
            });
        });
        WriteArray(json, "soups", task.Soups, soup =>
        {
            json.WriteString("name", soup.Name);
            json.WriteString("base", soup.Base);
            json.WriteString("source", soup.Source);
            json.WritePropertyName("score");
            WriteScore(json, soup.Score);
        });
    }

    private static void WriteExtensions(Utf8JsonWriter json, Results results)
    {
        if (results.Run is not { } run)
        {
            return;
        }

        json.WriteStartObject("run");
        json.WriteString("id", run.Id);
        json.WriteString("name", run.Name);
        json.WriteString("state", run.State.ToString().ToLowerInvariant());
        WriteArray(json, "failed", [.. run.Failed], step =>
        {
            json.WriteString("step", step.Id);
            json.WriteString("error", step.Error);
        });
        json.WriteEndObject();
        WriteArray(json, "costs", RunCosts.Of(run).Kinds, cost =>
        {
            json.WriteString("kind", cost.Kind);
            json.WriteNumber("steps", cost.Steps);
            json.WriteNumber("done", cost.Done);
            json.WriteNumber("seconds", Math.Round(cost.Time.TotalSeconds, 3));
            json.WriteNumber("hits", cost.Hits);
            json.WriteNumber("saved_seconds", Math.Round(cost.Saved.TotalSeconds, 3));
            json.WriteNumber("hits_of_unknown_time", cost.UnknownHits);
            WriteNumber(json, "stored_bytes", cost.Bytes);
        });
        WriteArray(json, "predicates", StudyPredicates.Of(results), predicate => WritePredicate(json, predicate));
    }

    private static void WritePredicate(Utf8JsonWriter json, Predicate predicate)
    {
        json.WriteString("id", predicate.Id);
        json.WriteString("title", predicate.Title);
        json.WriteString("verdict", PredicateWords.Of(predicate.Verdict));
        if (predicate.IsTrueOfScores is { } isTrue)
        {
            json.WriteBoolean("true_of_numbers", isTrue);
        }

        WriteArray(json, "parts", predicate.Parts, part =>
        {
            json.WriteString("statement", part.Statement);
            json.WriteString("verdict", ClaimWords.Of(part.Verdict));
            json.WriteNumber("effect", part.MeanGain);
            json.WriteNumber("stderr", part.MeanError);
            json.WriteNumber("p", part.P);
            json.WriteNumber("comparisons", part.Evidence.Count);
        });
        json.WriteStartArray("not_applicable");
        foreach (var reason in predicate.Missing)
        {
            json.WriteStringValue(reason);
        }

        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }

    /// <summary>Nothing for an empty list.</summary>
    private static void WriteArray<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> entries, Action<T> write)
    {
        if (entries.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (var entry in entries)
        {
            json.WriteStartObject();
            write(entry);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
