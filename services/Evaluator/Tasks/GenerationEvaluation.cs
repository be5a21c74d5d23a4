using System.Text.Json;
using Graft.Artifacts.Recipes;
using Graft.Evaluator.Answers;
using Graft.Evaluator.Loading;
using Graft.Evaluator.Requests;
using Graft.Evaluator.Results;
using Graft.Evaluator.Scoring;
using Graft.Evaluator.Statistics;
using Graft.Faults;
using Graft.Modeling.Transformers;

namespace Graft.Evaluator.Tasks;

/// <summary>Prompts to be continued greedily; the answer in the text is compared with the gold one.</summary>
internal sealed class GenerationEvaluation : TaskEvaluation
{
    private readonly IReadOnlyList<GenerationRequest> _requests;
    private readonly GenerationRules _rules;
    private readonly CheckpointHeader _checkpoint;
    private readonly string[] _gold;
    private readonly int[][] _prompts;

    public GenerationEvaluation(IReadOnlyList<GenerationRequest> requests, GenerationRules rules, CheckpointHeader checkpoint)
    {
        var encoder = new RequestEncoder(checkpoint);
        (_requests, _rules, _checkpoint) = (requests, rules, checkpoint);
        _gold = [.. requests.Select(request => Gold(request, rules.Extraction))];
        _prompts = [.. requests.Select(request => encoder.Encode(request, rules.MaxNewTokens))];
    }

    public override int Requests => _requests.Count;

    public override long Tokens => SequenceSet.Of(_prompts).Sum(sequence => (long)sequence.Ids.Length + _rules.MaxNewTokens);

    public override TaskResult Run(Transformer model, BatchLimits limits, Action<int, long> done, CancellationToken cancellationToken)
    {
        var tokenizer = _checkpoint.Tokenizer;
        var end = new EndRule(tokenizer, EndIds(), _rules.Stop);
        var texts = new GenerationScorer(model, limits).Generate(_prompts, _rules.MaxNewTokens, end, done, cancellationToken);
        Sample[] samples = [.. texts.Select((ids, i) => Sample.Of(i, _requests[i], tokenizer.Decode(ids), _gold[i], _rules))];
        var score = MeanEstimate.Of([.. samples.Select(sample => sample.IsRight ? 1.0 : 0.0)]);
        return new TaskResult([("exact_match", score)], "exact_match", samples.Length, JsonBytes.Lines(samples, (json, sample) => sample.Write(json)));
    }

    private HashSet<int> EndIds()
    {
        HashSet<int> ids = [.. _checkpoint.Config.EosIds];
        if (_checkpoint.Tokenizer.EosId is { } id)
        {
            ids.Add(id);
        }

        return ids;
    }

    private static string Gold(GenerationRequest request, Extraction rule) =>
        AnswerExtraction.Find(request.Answer, rule) is { Length: > 0 } answer
            ? answer
            : throw FaultException.Invalid(
                $"{request.Place} has no {(rule == Extraction.LastNumber ? "number in its" : "text as its")} answer; the recipe's extraction needs one.",
                RequestLine.Field);

    /// <summary>One line of samples.jsonl.</summary>
    private sealed record Sample(int Index, string Prompt, string Output, string? Extracted, string Gold)
    {
        public bool IsRight => Extracted == Gold;

        public static Sample Of(int index, GenerationRequest request, string text, string gold, GenerationRules rules)
        {
            var output = StopStrings.Cut(text, rules.Stop);
            return new Sample(index, request.Prompt, output, AnswerExtraction.Find(output, rules.Extraction), gold);
        }

        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteNumber("doc_id", Index);
            json.WriteString("prompt", Prompt);
            json.WriteString("output", Output);
            json.WriteString("extracted", Extracted);
            json.WriteString("gold", Gold);
            json.WriteBoolean("correct", IsRight);
            json.WriteEndObject();
        }
    }
}
