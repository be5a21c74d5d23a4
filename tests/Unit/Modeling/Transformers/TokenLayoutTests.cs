using Graft.Modeling.Transformers;
using Xunit;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Modeling.Transformers;

public sealed class TokenLayoutTests
{
    public static TheoryData<string> Models => ["olmo2", "llama"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Branches_of_one_trunk_are_the_texts_they_stand_for(string name)
    {
        using var random = new RandomModel(RandomModel.Config(name));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // Trunk 5 6 7, branches 8 9 and 10: the row is 5 6 7 8 9 10.
        var row = tensor(new long[] { 5, 6, 7, 8, 9, 10 }).unsqueeze(0);
        var allowed = ones(6, 6, dtype: ScalarType.Bool).tril();
        allowed[5, 3..5] = tensor(false);
        var layout = new TokenLayout(tensor(new long[] { 0, 1, 2, 3, 4, 3 }).unsqueeze(0), 5, allowed.unsqueeze(0));

        var branched = random.Model.Forward(row, layout);

        Assert.InRange(Distance(random.Model.Forward(tensor(new long[] { 5, 6, 7, 8, 9 }).unsqueeze(0)), branched[.., ..5]), 0, 1e-5);
        Assert.InRange(Distance(random.Model.Forward(tensor(new long[] { 5, 6, 7, 10 }).unsqueeze(0))[.., 3..], branched[.., 5..]), 0, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Rows_go_on_from_one_start_again_and_again(string name)
    {
        using var random = new RandomModel(RandomModel.Config(name));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var start = tensor(new long[] { 1, 2, 3, 4 }).unsqueeze(0);
        var more = tensor(new long[,] { { 5, 6 }, { 7, 8 }, { 9, 10 } });
        using var read = new KeyValueCache(random.Model.Config, 1, 4, ScalarType.Float32, CPU);
        random.Model.Forward(start, read);
        using var cache = KeyValueCache.Continue(read, 3, 6);
        var expected = random.Model.Forward(cat([start.expand(3, 4), more], 1))[.., 4..];

        for (var time = 0; time < 2; time++)
        {
            cache.Rewind(4);
            Assert.InRange(Distance(expected, random.Model.Forward(more, cache)), 0, 1e-5);
        }

        Assert.Equal((6, 4), (cache.Length, read.Length));
    }

    [Fact]
    public void Layouts_and_caches_that_do_not_fit_are_refused()
    {
        using var random = new RandomModel(RandomModel.Config("olmo2"));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var ids = zeros(1, 3, dtype: ScalarType.Int64);
        using var two = new KeyValueCache(random.Model.Config, 2, 4, ScalarType.Float32, CPU);
        using var one = new KeyValueCache(random.Model.Config, 1, 4, ScalarType.Float32, CPU);
        random.Model.Forward(ids, one);

        Assert.Throws<ArgumentException>(() => random.Model.Forward(ids, new TokenLayout(ids[.., ..2], 3, ones(1, 3, 3, dtype: ScalarType.Bool))));
        Assert.Throws<ArgumentException>(() => random.Model.Forward(ids, new TokenLayout(ids, 3, ones(1, 3, 3, dtype: ScalarType.Bool)), one));
        Assert.Throws<ArgumentException>(() => KeyValueCache.Continue(two, 3, 6));
        Assert.Throws<ArgumentException>(() => KeyValueCache.Continue(one, 3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => one.Rewind(4));
    }

    private static double Distance(Tensor one, Tensor other) => (one - other).abs().max().item<float>();
}
