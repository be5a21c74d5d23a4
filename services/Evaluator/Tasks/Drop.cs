using System.Text.Json;
using Graft.Evaluator.Answers.Spans;
using Graft.Evaluator.Prompts;
using Graft.Evaluator.Requests;
using Graft.Faults;

namespace Graft.Evaluator.Tasks;

/// <summary>
/// DROP (Dua et al., 2019) as OLMES runs it: five examples behind a description, at most 1,000 items; or as for Llama 3: three examples drawn
/// from the training set, all items. Rows: passage, question, answer and validated_answers as published; or OLMES's "answers", a list of lists.
/// </summary>
internal static class Drop
{
    private const string Description =
        "The following are reading comprehension questions, where the answer to each question is either a segment of text from the corresponding "
        + "passage, a number, or a date (containing any of the date, month, and/or year components). Some questions may require you to pull together "
        + "information pieces from the passage and reason over them.\n\n";

    private const uint Seed = 1234;
    private static readonly string[] _stop = ["Passage:", "Question:", "\n\n"];

    public static EvaluationTask Olmes(TaskInput input) =>
        Make(input.Rows, PromptLayout.Plain(Description, input.FewShot.Take("OLMES:drop", 5).Select(Shot)), maxNewTokens: 100);

    /// <summary>The examples given are the training set; which three are shown follows from the seed OLMES has for it.</summary>
    public static EvaluationTask Llama3(TaskInput input)
    {
        var training = input.FewShot.All("DROP train");
        if (training.Count < 3)
        {
            throw FaultException.Invalid($"{training.Count} few-shot examples were given; drop::llama3 draws three from the training set.", "recipe.few_shot");
        }

        return Make(input.Rows, PromptLayout.Plain("", new PythonRandom(Seed).Sample(training.Count, 3).Select(i => Shot(training[i]))), maxNewTokens: 50);
    }

    /// <summary>Gold answers, each a list of spans: the answer, then the validated ones, without those that were there before.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Answers(RequestLine row)
    {
        List<IReadOnlyList<string>> answers = [];
        foreach (var spans in row.Has("answers") ? Recorded(row) : Validated(row).Prepend(row.Part("answer")).Select(Spans))
        {
            if (!answers.Exists(known => known.SequenceEqual(spans)))
            {
                answers.Add(spans);
            }
        }

        return answers.Count > 0 && answers[0].Count > 0 ? answers : throw FaultException.Invalid($"{row.Place} has no answer.", RequestLine.Field);
    }

    private static Exchange Shot(RequestLine row) => new(Ask(row), string.Join(", ", Answers(row)[0]));

    private static string Ask(RequestLine row) => $"Passage: {row.Text("passage")}\nQuestion: {row.Text("question")}\nAnswer:";

    private static EvaluationTask Make(IReadOnlyList<RequestLine> rows, PromptLayout layout, int maxNewTokens) => new()
    {
        Questions = [.. rows.Select((row, i) => Question(row, i, layout))],
        Metrics = ["f1", "exact_match", "bits_per_byte"],
        Writing = new WritingRules(maxNewTokens, _stop),
        Shared = layout.Shared,
    };

    private static Question Question(RequestLine row, int id, PromptLayout layout)
    {
        var prompt = layout.Shared + layout.Ask(Ask(row));
        var answers = Answers(row);
        var told = layout.Lead + string.Join(", ", answers[0]);
        return new Question
        {
            Place = row.Place,
            Id = id,
            Prompt = prompt,
            Continuations = [new Continuation(prompt, told)],
            Grade = response =>
            {
                var output = response.Written!.Text;
                var score = SpanScore.Best(output, answers);
                return new Grade(
                    [("f1", score.F1), ("exact_match", score.ExactMatch), ("bits_per_byte", Grade.BitsPerByte(response.Scores[0], told))],
                    score.ExactMatch > 0,
                    ("extracted", output.Trim()),
                    ("gold", string.Join(" | ", answers.Select(spans => string.Join(", ", spans)))));
            },
        };
    }

    private static IEnumerable<IReadOnlyList<string>> Recorded(RequestLine row)
    {
        var lists = row.Get("answers");
        return lists.ValueKind == JsonValueKind.Array && lists.EnumerateArray().All(IsTexts)
            ? [.. lists.EnumerateArray().Select(list => list.EnumerateArray().Select(span => span.GetString()!).ToList())]
            : throw row.Wrong("answers", "a list of lists of texts");
    }

    private static bool IsTexts(JsonElement list) =>
        list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String);

    /// <summary>Validated answers as published (a list of answers), or as Hugging Face has them (each field a list).</summary>
    private static IEnumerable<RequestLine> Validated(RequestLine row)
    {
        if (!row.Has("validated_answers") || row.Get("validated_answers") is not { ValueKind: JsonValueKind.Array or JsonValueKind.Object } validated)
        {
            return [];
        }

        if (validated.ValueKind == JsonValueKind.Array)
        {
            return [.. validated.EnumerateArray().Select(answer => new RequestLine(row.Place, answer))];
        }

        var columns = validated.EnumerateObject().Where(column => column.Value.ValueKind == JsonValueKind.Array).ToList();
        var count = columns.Select(column => column.Value.GetArrayLength()).DefaultIfEmpty().Min();
        return
        [
            .. Enumerable.Range(0, count).Select(i => new RequestLine(
                row.Place, JsonSerializer.SerializeToElement(columns.ToDictionary(column => column.Name, column => column.Value[i])))),
        ];
    }

    /// <summary>A number if there is one, else the spans, else the date.</summary>
    private static IReadOnlyList<string> Spans(RequestLine answer)
    {
        if (answer.Text("number") is { Length: > 0 } number)
        {
            return [number];
        }

        if (answer.Texts("spans") is { Count: > 0 } spans)
        {
            return spans;
        }

        var date = answer.Part("date");
        return [$"{date.Text("day")} {date.Text("month")} {date.Text("year")}".Trim()];
    }
}
