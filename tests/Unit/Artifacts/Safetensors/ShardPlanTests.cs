using System.Text;
using System.Text.Json;
using CsCheck;
using Graft.Artifacts;
using Graft.Artifacts.Safetensors;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Artifacts.Safetensors;

public sealed class ShardPlanTests
{
    [Fact]
    public void Without_a_limit_there_is_one_file_and_no_index()
    {
        var plan = ShardPlan.Of([Tensor("b", 3), Tensor("a", 5)], null);

        Assert.Equal(["model.safetensors"], plan.Shards.Select(shard => shard.FileName));
        Assert.False(plan.HasIndex);
        Assert.Equal(8, plan.Shards[0].Size);
    }

    [Fact]
    public void Shards_are_filled_in_natural_order_and_a_big_tensor_has_its_own()
    {
        var plan = ShardPlan.Of([Tensor("l.10.w", 4), Tensor("l.2.w", 4), Tensor("l.1.w", 11), Tensor("l.3.w", 6), Tensor("z", 1)], 10);

        Assert.Equal(
            [
                ("model-00001-of-00003.safetensors", "l.1.w"),
                ("model-00002-of-00003.safetensors", "l.2.w l.3.w"),
                ("model-00003-of-00003.safetensors", "l.10.w z"),
            ],
            plan.Shards.Select(shard => (shard.FileName, string.Join(' ', shard.Tensors.Select(tensor => tensor.Name)))));
    }

    [Fact]
    public void The_index_is_what_transformers_writes()
    {
        var plan = ShardPlan.Of([Tensor("b", 6), Tensor("a", 6)], 8);

        // json.dumps(index, indent=2, sort_keys=True) + "\n"
        Assert.Equal(
            """
            {
              "metadata": {
                "total_size": 12
              },
              "weight_map": {
                "a": "model-00001-of-00002.safetensors",
                "b": "model-00002-of-00002.safetensors"
              }
            }

            """,
            Encoding.UTF8.GetString(plan.Index()));
    }

    [Fact]
    public void Every_tensor_is_in_one_shard_and_only_a_big_one_exceeds_the_limit()
    {
        Gen.Select(Gen.Int[0, 40].List[0, 30], Gen.Int[1, 50]).Sample((sizes, limit) =>
        {
            var tensors = sizes.Select((size, i) => Tensor($"t.{i}", size)).ToList();

            var plan = ShardPlan.Of(tensors, limit);

            Assert.Equal(
                tensors.Select(tensor => tensor.Name),
                plan.Shards.SelectMany(shard => shard.Tensors).Select(tensor => tensor.Name));
            Assert.All(plan.Shards, shard => Assert.True(shard.Size <= limit || shard.Tensors.Count == 1));
            using var index = JsonDocument.Parse(plan.Index());
            Assert.Equal(sizes.Sum(), index.RootElement.GetProperty("metadata").GetProperty("total_size").GetInt64());
        });
    }

    [Fact]
    public void A_limit_is_positive()
    {
        var fault = Assert.Throws<FaultException>(() => ShardPlan.Of([], 0));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
    }

    private static TensorEntry Tensor(string name, long size) => new(name, DType.U8, [size], Digest.Of([]));
}
