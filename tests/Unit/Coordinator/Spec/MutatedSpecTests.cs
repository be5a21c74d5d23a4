using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Graft.Cli.Examples;
using Graft.Coordinator.Plan;
using Graft.Coordinator.Spec;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Spec;

/// <summary>Specs with lines lost, doubled and moved and values replaced: each is refused with places, or can be expanded.</summary>
public partial class MutatedSpecTests
{
    private static readonly string[] _specs = [StudySpec.Yaml, DemoSpec.Yaml, Encoding.UTF8.GetString(SpecExample.Bytes(SpecExample.Tiny).Span), Encoding.UTF8.GetString(SpecExample.Bytes(SpecExample.Olmo2).Span)];

    private static readonly string[] _values =
    [
        "", "~", "[]", "{}", "[[]]", "{a: {b: c}}", "-1", "0", "1", "1e308", "-1e308", "1e-300", ".nan", ".inf", "2147483647", "99999999999999999999", "''", "\"\\n\"", "true", "last", "all", "M1", "M2+M1",
        "M1+M1", "[M1]", "[M1, M1]", "[M2+M1, M2+M1]", "{from: 0, to: 1, step: 1e-9}", "{from: 0, to: -1, step: 1}", "{from: -1e9, to: 1e9, step: 1e9}", "{from: 0, to: 1, step: 0.1}", "small", "rec", "*x", "!!binary aGk=",
        "finetuning-transfer", "olmo2-1b-stage1", "[1, 2, 3]", "[10, 20, last]", "./a.jsonl", "{./a.jsonl: 0}", "[./a.jsonl, ./a.jsonl]",
    ];

    [Fact]
    public void Mutated_specs_are_refused_with_places_or_expanded() =>
        Gen.Select(Gen.Int[0, _specs.Length - 1], Gen.Select(Gen.Int[0, 4], Gen.Int[0, 1000], Gen.Int[0, 1000], Gen.Int[0, _values.Length - 1]).Array[1, 4]).Sample(
            (spec, changes) =>
            {
                var lines = _specs[spec].Split('\n').ToList();
                foreach (var (kind, at, other, value) in changes)
                {
                    Change(lines, kind, at % lines.Count, other, value);
                }

                Check(string.Join('\n', lines));
            },
            iter: 3000);

    private static void Change(List<string> lines, int kind, int at, int other, int value)
    {
        switch (kind)
        {
            case 0 when lines.Count > 1:
                lines.RemoveAt(at);
                break;
            case 1:
                lines.Insert(at, lines[at]);
                break;
            case 2:
                lines[at] = Places().Replace(lines[at], match => match.Index % 3 == other % 3 ? $"{match.Groups[1].Value}: {_values[value]}" : match.Value);
                break;
            case 3:
                (lines[at], lines[other % lines.Count]) = (lines[other % lines.Count], lines[at]);
                break;
            default:
                lines[at] = Numbers().Replace(lines[at], _values[value], 1);
                break;
        }
    }

    private static void Check(string yaml)
    {
        var (spec, mistakes) = RunSpec.Read(yaml);
        var numLines = yaml.Split('\n').Length;
        Assert.All(mistakes, mistake => Assert.True(mistake is { Line: > 0, Column: > 0, Message.Length: > 0 } && mistake.Line <= numLines + 1, $"{mistake}\n{yaml}"));
        if (mistakes.Count > 0)
        {
            Assert.Equal(FaultKind.Invalid, Assert.Throws<FaultException>(() => RunSpec.Parse(yaml)).Kind);
            return;
        }

        try
        {
            PlanOutline.Of(spec!);
        }
        catch (FaultException fault) when (fault.Message.Contains($"{PlanBuilder.MaxSteps} steps", StringComparison.Ordinal))
        {
        }
    }

    [GeneratedRegex(@"(\w+): [^,}\]]+")]
    private static partial Regex Places();

    [GeneratedRegex(@"\b\d[\d.e-]*\b")]
    private static partial Regex Numbers();
}
