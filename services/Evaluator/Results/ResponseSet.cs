using System.Text.Json;
using Graft.Evaluator.Scoring;
using Graft.Faults;

namespace Graft.Evaluator.Results;

/// <summary>
/// What a model has said so far: of each request its log-likelihood, of each prompt the new tokens. Responses depend on nothing but their own
/// request, so an evaluation that goes on from a part of them ends with the same bytes.
/// </summary>
internal sealed class ResponseSet
{
    private readonly double?[] _logLikelihoods;
    private readonly NewTokens?[] _texts;

    public ResponseSet(int requests, int prompts) => (_logLikelihoods, _texts) = (new double?[requests], new NewTokens?[prompts]);

    /// <summary>How many are there.</summary>
    public int Count => _logLikelihoods.Count(value => value is not null) + _texts.Count(text => text is not null);

    public bool HasLogLikelihood(int request) => _logLikelihoods[request] is not null;

    public bool HasText(int prompt) => _texts[prompt] is not null;

    public double LogLikelihood(int request) => _logLikelihoods[request]!.Value;

    public NewTokens Text(int prompt) => _texts[prompt]!;

    public void Add(int request, double logLikelihood) => _logLikelihoods[request] = logLikelihood;

    public void Add(int prompt, NewTokens text) => _texts[prompt] = text;

    /// <summary>One response a line.</summary>
    public byte[] Write() => JsonBytes.Lines(
        Enumerable.Range(0, _logLikelihoods.Length + _texts.Length).Where(i => i < _logLikelihoods.Length ? HasLogLikelihood(i) : HasText(i - _logLikelihoods.Length)),
        (json, i) =>
        {
            json.WriteStartObject();
            if (i < _logLikelihoods.Length)
            {
                json.WriteNumber("request", i);
                json.WriteNumber("log_likelihood", LogLikelihood(i));
            }
            else
            {
                var text = Text(i - _logLikelihoods.Length);
                json.WriteNumber("prompt", i - _logLikelihoods.Length);
                JsonBytes.WriteNumbers(json, "token_ids", text.Ids);
                JsonBytes.WriteNumbers(json, "log_probs", text.LogProbabilities);
            }

            json.WriteEndObject();
        });

    /// <exception cref="FaultException">Corrupt: not what <see cref="Write"/> wrote for these requests.</exception>
    public void Read(byte[] lines)
    {
        try
        {
            foreach (var line in System.Text.Encoding.UTF8.GetString(lines).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                Read(JsonElement.Parse(line));
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException or FormatException)
        {
            throw FaultException.Corrupt($"The saved responses of the evaluation cannot be read: {exception.Message}", exception);
        }
    }

    private void Read(JsonElement line)
    {
        if (line.TryGetProperty("request", out var request))
        {
            Add(request.GetInt32(), line.GetProperty("log_likelihood").GetDouble());
            return;
        }

        int[] ids = [.. line.GetProperty("token_ids").EnumerateArray().Select(id => id.GetInt32())];
        float[] logProbabilities = [.. line.GetProperty("log_probs").EnumerateArray().Select(value => value.GetSingle())];
        Add(line.GetProperty("prompt").GetInt32(), new NewTokens(ids, logProbabilities));
    }
}
