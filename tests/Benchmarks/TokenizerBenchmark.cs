using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Graft.Modeling.Tokenizers;
using Microsoft.ML.Tokenizers;
using Tokenizer = Graft.Modeling.Tokenizers.Tokenizer;

namespace Graft.Tests.Benchmarks;

/// <summary>
/// OLMo 2's and GPT-2's tokenizers on English (questions and answers of GSM8K), one thread. The peer is Microsoft.ML.Tokenizers with the
/// same vocabulary and expression; it does not read tokenizer.json, so it is put together here.
/// </summary>
internal static class TokenizerBenchmark
{
    private const int Bytes = 1_000_000;

    public static Task RunAsync()
    {
        var shared = Path.Combine(Repository(), "..", "shared", "data");
        if (!Directory.Exists(shared))
        {
            Console.WriteLine("  needs the reference data in ../shared/data");
            return Task.CompletedTask;
        }

        var texts = Texts(Path.Combine(shared, "gsm8k", "train.jsonl"));
        Compare("dolma2", Path.Combine(shared, "tokenizers", "dolma2", "tokenizer.json"), texts, vocabulary => Tiktoken(vocabulary, Cl100kScanner.Expression(@"\p{N}{1,3}")));
        Compare("GPT-2", Path.Combine(shared, "tokenizers", "olmo_test_gpt2bpe_new", "tokenizer.json"), texts, vocabulary => Tiktoken(vocabulary, Gpt2Scanner.Expression));
        return Task.CompletedTask;
    }

    private static void Compare(string name, string file, string[] texts, Func<Dictionary<string, int>, TiktokenTokenizer> create)
    {
        var json = File.ReadAllBytes(file);
        using var document = JsonDocument.Parse(json);
        var vocabulary = document.RootElement.GetProperty("model").GetProperty("vocab").EnumerateObject().ToDictionary(token => token.Name, token => token.Value.GetInt32());
        var (own, peer) = (Tokenizer.Parse(json, []), create(vocabulary));
        var different = texts.Count(text => !own.Encode(text).SequenceEqual(peer.EncodeToIds(text)));
        var size = texts.Sum(Encoding.UTF8.GetByteCount);
        var whole = string.Concat(texts);
        var times = Measurement.Compare(
            1,
            () => Array.ForEach(texts, text => own.Encode(text)),
            () => Array.ForEach(texts, text => peer.EncodeToIds(text)),
            () => own.Encode(whole));
        Measurement.Row(name, $"{size / times[0].TotalSeconds / 1e6:F1} MB/s", $"{size / times[2].TotalSeconds / 1e6:F1} MB/s as one text");
        Measurement.Row($"{name}, Microsoft.ML.Tokenizers", $"{size / times[1].TotalSeconds / 1e6:F1} MB/s", $"{different} of {texts.Length} texts have other ids");
        Measurement.Row("peer's time / ours", $"{times[1] / times[0]:F2}");
        var rare = " \U0001D7D81234";
        Measurement.Row("same ids for a digit beyond U+FFFF", own.Encode(rare).SequenceEqual(peer.EncodeToIds(rare)) ? "yes" : "no");
    }

    /// <summary>The peer's byte-level tokenizer whose ranks are the ids, which holds for both files.</summary>
    private static TiktokenTokenizer Tiktoken(Dictionary<string, int> vocabulary, string expression)
    {
        var ranks = new StringBuilder();
        foreach (var (token, id) in vocabulary.OrderBy(token => token.Value))
        {
            ranks.Append(Convert.ToBase64String(ByteAlphabet.ToBytes(token))).Append(' ').Append(id).Append('\n');
        }

        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(ranks.ToString()));
        var regex = new Regex(expression, RegexOptions.Compiled | RegexOptions.CultureInvariant);
        return TiktokenTokenizer.Create(stream, new RegexPreTokenizer(regex, null), null);
    }

    private static string[] Texts(string file)
    {
        List<string> texts = [];
        var size = 0;
        foreach (var line in File.ReadLines(file).TakeWhile(_ => size < Bytes))
        {
            using var row = JsonDocument.Parse(line);
            texts.Add(row.RootElement.GetProperty("question").GetString()!);
            texts.Add(row.RootElement.GetProperty("answer").GetString()!);
            size += Encoding.UTF8.GetByteCount(texts[^1]) + Encoding.UTF8.GetByteCount(texts[^2]);
        }

        return [.. texts];
    }

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Services.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"No Services.sln above {AppContext.BaseDirectory}.");
        }

        return folder;
    }
}
