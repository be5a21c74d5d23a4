using System.Text;
using Graft.Evaluator.Requests;
using Graft.Evaluator.Results;
using Graft.Evaluator.Tasks;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Tasks;

public sealed class DocumentScoreTests
{
    [Fact]
    public void Raw_and_per_character_choice_may_differ()
    {
        var score = Score(gold: 1, (" no", -4), (" certainly not", -9));

        Assert.Equal(0, score.Chosen);
        Assert.False(score.IsRight);
        Assert.Equal(1, score.ChosenPerChar);
        Assert.True(score.IsRightPerChar);
    }

    [Fact]
    public void Of_equally_likely_choices_the_first_is_chosen() => Assert.Equal(1, Score(0, ("a", -3), ("b", -2), ("c", -2)).Chosen);

    [Fact]
    public void Characters_are_code_points_not_bytes_and_not_utf16_units()
    {
        // Two code points (eight bytes, four UTF-16 units) against three: per character -1 against -1.1.
        var score = Score(0, ("\U0001F600\U0001F600", -2), ("abc", -3.3));

        Assert.Equal(0, score.ChosenPerChar);
    }

    [Fact]
    public void Bits_per_byte_is_of_the_gold_choice_and_its_utf8_bytes()
    {
        // e with acute is two bytes; 6 bits over 3 bytes.
        var score = Score(1, ("x", -1), ("a\u00E9", -6 * Math.Log(2)));

        Assert.Equal(2, score.BitsPerByte, 1e-15);
    }

    [Fact]
    public void Line_of_the_samples_file()
    {
        var line = JsonBytes.Lines([Score(1, (" no", -4), (" yes\n", -0.1))], (json, score) => score.Write(json));

        Assert.Equal(
            """
            {"doc_id":7,"context":"Is it?","choices":[{"continuation":" no","log_likelihood":-4,"tokens":1},{"continuation":" yes\n","log_likelihood":-0.1,"tokens":1}],"gold":1,"chosen":1,"chosen_per_char":1,"correct":true,"metrics":{"acc_raw":1,"acc_per_char":1,"bits_per_byte":0.02885390081777927}}

            """,
            Encoding.UTF8.GetString(line));
    }

    private static DocumentScore Score(int gold, params (string Continuation, double LogLikelihood)[] choices)
    {
        var requests = choices.Select((choice, i) =>
            new LogLikelihoodRequest(new Place("f", i + 1), 7, i, "Is it?", choice.Continuation, gold));
        return new DocumentScore(ChoiceDocument.Of(requests), [.. choices.Select(choice => new ChoiceScore(choice.LogLikelihood, 1))]);
    }
}
