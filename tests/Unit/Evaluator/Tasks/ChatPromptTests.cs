using System.Text;
using Graft.Evaluator.Tasks;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Tasks;

/// <summary>Chat prompts: built by the rules OLMES has for them, which nobody has recorded.</summary>
public sealed class ChatPromptTests
{
    [Fact]
    public void Gsm8k_shows_its_examples_as_turns_and_begins_the_answer()
    {
        var question = Recorded.Task("gsm8k::tulu", Encoding.UTF8.GetBytes("""{"question": "How many?", "answer": "One <<1=1>>1 is two.\n#### 2"}""")).Questions[0];

        Assert.StartsWith(
            "<|user|>\nQuestion: There are 15 trees in the grove. Grove workers will plant trees in the grove today. After they are done, there will be 21 trees. "
            + "How many trees did the grove workers plant today?\n<|assistant|>\nAnswer: There are 15 trees originally. Then there were 21 trees after some more were "
            + "planted. So there must have been 21 - 15 = 6. So the answer is 6.<|endoftext|>\n<|user|>\nQuestion: If there are 3 cars",
            question.Prompt,
            StringComparison.Ordinal);
        Assert.EndsWith("So the answer is 8.<|endoftext|>\n<|user|>\nQuestion: How many?\n<|assistant|>\nAnswer:", question.Prompt, StringComparison.Ordinal);
        Assert.Equal(8, question.Prompt!.Split("<|endoftext|>\n").Length - 1);
        Assert.Equal(" One 1 is two. So the answer is 2.", question.Continuations[0].Text);
    }

    [Fact]
    public void Math_has_no_cue_in_the_answer_and_no_stop_string()
    {
        var task = Recorded.Task("minerva_math::tulu", Encoding.UTF8.GetBytes("""{"problem": "What?", "solution": "It is $\\boxed{3}$.", "type": "Algebra"}"""));
        var question = task.Questions[0];

        Assert.StartsWith(
            "<|user|>\nProblem:\nFind the domain of the expression  $\\frac{\\sqrt{x-2}}{\\sqrt{5-x}}$.}\n\nSolution:\n<|assistant|>\nThe expressions inside",
            question.Prompt,
            StringComparison.Ordinal);
        Assert.EndsWith("I hope it is correct.<|endoftext|>\n<|user|>\nProblem:\nWhat?\n\nSolution:\n<|assistant|>\n", question.Prompt, StringComparison.Ordinal);
        Assert.Equal("It is $\\boxed{3}$.", question.Continuations[0].Text);
        Assert.Empty(task.Writing!.Stop);
    }

    [Fact]
    public void Drop_for_Llama_3_shows_three_examples_of_the_training_set_for_all_items()
    {
        var training = string.Join('\n', Enumerable.Range(0, 100).Select(i => $$"""{"passage": "p{{i}}", "question": "q{{i}}", "answers": [["{{i}}"]]}"""));
        var fewShot = new Graft.Evaluator.Prompts.FewShotFiles([("train.jsonl", Encoding.UTF8.GetBytes(training))]);

        var task = TaskSource.Make(
            new Graft.Artifacts.Recipes.NamedTaskRules("drop::llama3"),
            [("dev.jsonl", Encoding.UTF8.GetBytes("""{"passage": "p", "question": "q", "answers": [["a"]]}"""))],
            fewShot,
            Recorded.Tokenizer());

        // random.Random(1234).sample(range(100), 3) is [99, 56, 14].
        Assert.Equal(
            "Passage: p99\nQuestion: q99\nAnswer: 99\n\nPassage: p56\nQuestion: q56\nAnswer: 56\n\nPassage: p14\nQuestion: q14\nAnswer: 14\n\nPassage: p\nQuestion: q\nAnswer:",
            task.Questions[0].Prompt);
        Assert.Equal(50, task.Writing!.MaxNewTokens);
    }
}
