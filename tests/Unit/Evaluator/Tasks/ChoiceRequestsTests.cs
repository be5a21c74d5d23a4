using System.Text;
using Graft.Evaluator.Requests;
using Graft.Evaluator.Results;
using Graft.Evaluator.Tasks;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Tasks;

public sealed class ChoiceRequestsTests
{
    [Fact]
    public void Rules_of_choice_may_differ()
    {
        var judgement = new ChoiceJudgement(
            [" no", " certainly not", " maybe"], Gold: 1, [new(-4, 1), new(-9, 3), new(-5, 1)], [new(-1, 1), new(-9, 3), new(-6, 1)]);

        Assert.Equal([0, 1, 1, 1, 2], new[] { "acc_raw", "acc_per_char", "acc_per_token", "acc_per_byte", "acc_uncond" }.Select(judgement.Best));
        Assert.Equal([0, 1, 1, 1], new[] { "acc_raw", "acc_per_char", "acc_per_token", "acc_per_byte" }.Select(judgement.Value));
    }

    [Fact]
    public void Of_equally_likely_choices_the_first_is_chosen() => Assert.Equal(1, Judgement(0, ("a", -3), ("b", -2), ("c", -2)).Chosen);

    [Fact]
    public void Characters_are_code_points_not_bytes_and_not_utf16_units()
    {
        // Two code points (eight bytes, four UTF-16 units) against three: per character -1 against -1.1.
        var judgement = Judgement(0, ("\U0001F600\U0001F600", -2), ("abc", -3.3));

        Assert.Equal((0, 0), (judgement.Best("acc_per_char"), judgement.Best("acc_per_byte")));
    }

    [Fact]
    public void Bits_per_byte_is_of_the_gold_choice_and_its_utf8_bytes()
    {
        // e with acute is two bytes; 6 bits over 3 bytes.
        Assert.Equal(2, Judgement(1, ("x", -1), ("a\u00E9", -6 * Math.Log(2))).Value("bits_per_byte"), 1e-15);
    }

    [Fact]
    public void Line_of_the_samples_file()
    {
        Assert.Equal(
            """
            {"doc_id":7,"context":"Is it?","choices":[{"continuation":" no","log_likelihood":-4,"tokens":1},{"continuation":" yes\n","log_likelihood":-0.1,"tokens":1}],"gold":1,"chosen":1,"chosen_per_char":1,"correct":true,"metrics":{"acc_raw":1,"acc_per_char":1,"bits_per_byte":0.02885390081777927}}

            """,
            Line(isCut: false, (" no", -4), (" yes\n", -0.1)));
    }

    [Fact]
    public void A_document_with_one_choice_chooses_nothing_and_a_cut_context_is_told() => Assert.Equal(
        """
        {"doc_id":7,"context":"Is it?","choices":[{"continuation":" no","log_likelihood":-4,"tokens":1}],"gold":0,"metrics":{"acc_raw":1,"acc_per_char":1,"bits_per_byte":1.923593387851951},"truncated":true}

        """,
        Line(isCut: true, (" no", -4)));

    private static string Line(bool isCut, params (string Continuation, double LogLikelihood)[] choices)
    {
        var requests = choices.Select((choice, i) => new LogLikelihoodRequest(new Place("f", i + 1), 7, i, "Is it?", choice.Continuation, choices.Length - 1));
        var question = ChoiceRequests.Make([ChoiceDocument.Of(requests)]).Questions[0];
        var response = new Response(null, [.. choices.Select(choice => new ChoiceScore(choice.LogLikelihood, 1))]);
        return Encoding.UTF8.GetString(JsonBytes.Lines([new SampleLine(question, response, question.Grade(response), isCut)], (json, sample) => sample.Write(json)));
    }

    private static ChoiceJudgement Judgement(int gold, params (string Text, double LogLikelihood)[] choices) =>
        new([.. choices.Select(choice => choice.Text)], gold, [.. choices.Select(choice => new ChoiceScore(choice.LogLikelihood, 1))], []);
}
