using Graft.Artifacts.Recipes;
using Graft.Evaluator.Answers;
using Graft.Evaluator.Loading;
using Graft.Evaluator.Results;
using Graft.Evaluator.Scoring;
using Graft.Evaluator.Tokenized;
using Graft.Faults;
using Graft.Modeling.Transformers;

namespace Graft.Evaluator.Tasks;

/// <summary>How a model is asked, whatever the task.</summary>
/// <param name="MaxLength">Longest sequence; 0 for the model's positions, beyond which nothing may be.</param>
/// <param name="AddBos">Put the beginning token before each sequence.</param>
/// <param name="Sampling">Null: greedy.</param>
internal sealed record AskingRules(int MaxLength = 0, bool AddBos = false, Sampling? Sampling = null)
{
    public static AskingRules Of(EvaluateRecipe recipe) => new(recipe.MaxLength, recipe.AddBos, recipe.Sampling);
}

/// <summary>How much of the work a batch was.</summary>
internal readonly record struct WorkDone(int Requests, long Tokens);

/// <summary>A task's questions as a model's tokens, checked: what remains is to compute.</summary>
internal sealed class TaskEvaluation
{
    private readonly EvaluationTask _task;
    private readonly AskingRules _rules;
    private readonly CheckpointHeader _checkpoint;
    private readonly int[] _prefix;
    private readonly List<EncodedContinuation> _continuations = [];
    private readonly List<Reading> _readings = [];
    private readonly List<EncodedPrompt> _prompts = [];
    private readonly List<PromptReading> _promptReadings = [];

    /// <param name="task">The questions.</param>
    /// <param name="rules">How they are asked.</param>
    /// <param name="checkpoint">The model, its weights not needed yet.</param>
    /// <exception cref="FaultException">Invalid: a question that this model cannot be given; it is named by file and line.</exception>
    public TaskEvaluation(EvaluationTask task, AskingRules rules, CheckpointHeader checkpoint)
    {
        (_task, _rules, _checkpoint) = (task, rules, checkpoint);
        var encoder = new QuestionEncoder(checkpoint, rules.MaxLength, rules.AddBos);
        _prefix = encoder.Prefix(task.Shared);
        foreach (var question in task.Questions)
        {
            Encode(question, encoder);
        }
    }

    /// <summary>Number of requests: continuations and prompts.</summary>
    public int Requests => _continuations.Count + _prompts.Count;

    /// <summary>Tokens the model reads and writes at most: the size of the work.</summary>
    public long Tokens => _readings.Sum(reading => (long)reading.Ids.Count) + _promptReadings.Sum(CostOf);

    /// <summary>Room for the responses.</summary>
    public ResponseSet Responses() => new(_continuations.Count, _prompts.Count);

    /// <summary>Work that responses which are already there make needless.</summary>
    public WorkDone Done(ResponseSet responses) => new(
        responses.Count,
        _readings.Where(reading => responses.HasLogLikelihood(reading.Requests[0])).Sum(reading => (long)reading.Ids.Count)
            + _promptReadings.Where(prompt => responses.HasText(prompt.Prompt)).Sum(CostOf));

    /// <summary>Computes what is missing of the responses, batch by batch, and tells after each how much it was.</summary>
    /// <param name="model">The checkpoint's.</param>
    /// <param name="limits">How much at a time; no response depends on it.</param>
    /// <param name="responses">Where they go.</param>
    /// <param name="cancellationToken">Looked at between batches and before each new token.</param>
    /// <exception cref="FaultException">Invalid: the model's scores are not finite.</exception>
    public IEnumerable<WorkDone> Run(Transformer model, BatchLimits limits, ResponseSet responses, CancellationToken cancellationToken)
    {
        using var prefix = _prefix.Length > 0 ? SharedPrefix.Read(model, _prefix) : null;
        using (var scorer = new LogLikelihoodScorer(model, prefix, limits))
        {
            foreach (var batch in scorer.Batches(_readings.Where(reading => !responses.HasLogLikelihood(reading.Requests[0]))))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var sums = new double[_continuations.Count];
                scorer.Score(batch, sums);
                foreach (var request in batch.Readings.SelectMany(reading => reading.Requests))
                {
                    responses.Add(request, Finite(sums[request], () => QuestionOf(request)));
                }

                yield return new WorkDone(batch.Requests, batch.Tokens);
            }
        }

        if (_task.Writing is not { } writing)
        {
            yield break;
        }

        var end = new EndRule(_checkpoint.Tokenizer, EndIds(), writing.Stop);
        var writer = new GenerationScorer(model, prefix, limits, writing.MaxNewTokens, end, new TokenChoice(_rules.Sampling));
        foreach (var batch in writer.Batches(_promptReadings.Where(prompt => !responses.HasText(prompt.Prompt))))
        {
            foreach (var (text, prompt) in writer.Write(batch, cancellationToken).Zip(batch.Prompts))
            {
                responses.Add(prompt.Prompt, text);
            }

            yield return new WorkDone(batch.Prompts.Count, batch.Prompts.Sum(CostOf));
        }
    }

    /// <summary>Judges complete responses.</summary>
    public TaskResult Grade(ResponseSet responses)
    {
        var (nextRequest, nextPrompt) = (0, 0);
        List<SampleLine> samples = [];
        foreach (var question in _task.Questions)
        {
            var isCut = false;
            List<ChoiceScore> scores = [];
            for (var i = 0; i < question.Continuations.Count; i++)
            {
                var encoded = _continuations[nextRequest];
                isCut |= encoded.IsCut;
                scores.Add(new ChoiceScore(responses.LogLikelihood(nextRequest++), encoded.Length));
            }

            WrittenText? written = null;
            if (question.Prompt is not null)
            {
                isCut |= _prompts[nextPrompt].IsCut;
                written = Written(responses.Text(nextPrompt++));
            }

            var response = new Response(written, scores);
            samples.Add(new SampleLine(question, response, question.Grade(response), isCut));
        }

        return Summary.Of(_task, samples);
    }

    private void Encode(Question question, QuestionEncoder encoder)
    {
        var first = _continuations.Count;
        _continuations.AddRange(question.Continuations.Select(continuation => encoder.Encode(continuation, question.Place)));
        var contexts = Enumerable.Range(first, question.Continuations.Count).GroupBy(request => question.Continuations[request - first].Context);
        foreach (var requests in contexts)
        {
            _readings.AddRange(Reading.Of([.. requests], _continuations, _prefix));
        }

        if (question.Prompt is { } prompt)
        {
            var encoded = encoder.Encode(prompt, _task.Writing!.MaxNewTokens, question.Place);
            _promptReadings.Add(PromptReading.Of(_prompts.Count, question.Id, encoded, _prefix));
            _prompts.Add(encoded);
        }
    }

    private long CostOf(PromptReading prompt) => (long)prompt.Ids.Length + _task.Writing!.MaxNewTokens;

    private WrittenText Written(NewTokens tokens) => new(
        StopStrings.Cut(_checkpoint.Tokenizer.Decode(tokens.Ids), _task.Writing!.Stop), tokens.Ids, tokens.LogProbabilities);

    private HashSet<int> EndIds() => [.. _checkpoint.Config.EosIds, .. _checkpoint.Tokenizer.EosId is { } id ? [id] : Array.Empty<int>()];

    private Question QuestionOf(int request)
    {
        foreach (var question in _task.Questions)
        {
            request -= question.Continuations.Count;
            if (request < 0)
            {
                return question;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(request), request, "No question has this request.");
    }

    private static double Finite(double score, Func<Question> question) => double.IsFinite(score)
        ? score
        : throw FaultException.Invalid(
            $"The model's logits for {question().Place} are not finite; its weights are not usable in this compute type.", "recipe.checkpoint");
}
