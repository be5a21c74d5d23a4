using CsCheck;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Tests.Services.VectorStore.Objects;
using Graft.VectorStore.Objects;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Graft.Tests.Services.VectorStore.Collecting;

/// <summary>
/// Random stores against a model that reads every object and follows every reference: what survives is what is young or reachable from a
/// name, a result that is not forgotten, or something young.
/// </summary>
public sealed class CollectionModelTests
{
    private static readonly TimeSpan _grace = TimeSpan.FromHours(24);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_survives_is_what_the_model_says() =>
        await Gen.Select(Gen.Int[0, int.MaxValue], Gen.Bool).SampleAsync(
            async (seed, forgets) =>
            {
                var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
                var objects = new InMemoryObjectStore(time);
                using var store = new StoreProcess(objects, time);
                await FillAsync(store, time, new Random(seed));
                TimeSpan? forget = forgets ? TimeSpan.FromDays(3) : null;
                var expected = await ModelAsync(objects, time.GetUtcNow(), forget);
                var before = await store.KeysAsync();

                var told = await store.CollectAsync(_grace, forget, isDryRun: true);
                using var other = new StoreProcess(objects, time);
                var collected = await other.CollectAsync(_grace, forget);

                Assert.Equal(expected, (await store.KeysAsync()).ToHashSet());
                Assert.Equal(told, collected);
                Assert.Equal(before.Count - expected.Count, collected.Sum(each => each.Objects));
                Assert.Empty(await store.DamagesAsync());
            },
            iter: 300,
            threads: 1);

    private static async Task FillAsync(StoreProcess store, FakeTimeProvider time, Random random)
    {
        List<Digest> checkpoints = [], all = [];
        for (var i = 0; i < 25; i++)
        {
            time.Advance(TimeSpan.FromHours(random.Next(12)));
            switch (random.Next(7))
            {
                case 0 or 1:
                    checkpoints.Add(await store.PutAsync(ArtifactKind.Checkpoint, Pick(random), Pick(random)));
                    all.Add(checkpoints[^1]);
                    break;
                case 2 when checkpoints.Count > 0:
                    all.Add(await store.PutVectorAsync(checkpoints[random.Next(checkpoints.Count)], checkpoints[random.Next(checkpoints.Count)]));
                    break;
                case 3:
                    var parent = await store.WriteAsync(StoreHost.Weights(100, 1), DType.BF16);
                    var near = StoreHost.Weights(100, 2 + random.Next(3), 1e-4, StoreHost.Weights(100, 1));
                    all.Add(await store.PutAsync(ArtifactKind.Dataset, near));
                    await store.WriteAsync(StoreHost.Weights(100, 9, 1e-4, near), DType.BF16, parent);
                    break;
                case 4 when all.Count > 0:
                    await store.Names.SetAsync($"n{random.Next(3)}", random.Next(3) == 0 ? null : all[random.Next(all.Count)], Token);
                    break;
                case 5 when all.Count > 0:
                    await RecordAsync(store, all, random);
                    break;
                default:
                    await store.WriteAsync(Pick(random));
                    break;
            }
        }
    }

    // Of one recipe, one artifact: which is decided by the recipe.
    private static async Task RecordAsync(StoreProcess store, List<Digest> all, Random random)
    {
        var artifact = all[random.Next(all.Count)];
        await store.Results.PutAsync(new CompareRecipe([artifact, Digest.Of([(byte)random.Next(2)])]), artifact, Token);
    }

    private static byte[] Pick(Random random) => [1, 2, (byte)random.Next(12)];

    private static async Task<HashSet<string>> ModelAsync(InMemoryObjectStore objects, DateTimeOffset now, TimeSpan? forget)
    {
        Dictionary<string, ObjectInfo> infos = [];
        Dictionary<string, string[]> leadsTo = [];
        foreach (var kind in new[] { "names", "results", "origins", "uploads", "artifacts", "contents", "blobs" })
        {
            await foreach (var info in objects.ListInfoAsync($"{kind}/", null, Token))
            {
                infos[info.Key] = info;
                leadsTo[info.Key] = References(info.Key, (await objects.GetAsync(info.Key, Token))!);
            }
        }

        bool IsYoung(string key, TimeSpan age) => infos[key].Modified > now - age;
        HashSet<string> reached = [];
        var open = new Stack<string>(infos.Keys.Where(key => Kind(key) switch
        {
            "names" => leadsTo[key].Length > 0 || IsYoung(key, _grace),
            "results" => forget is not { } age || IsYoung(key, age > _grace ? age : _grace),
            "origins" => false,
            _ => IsYoung(key, _grace),
        }));
        while (open.TryPop(out var key))
        {
            if (infos.ContainsKey(key) && reached.Add(key))
            {
                foreach (var next in leadsTo[key])
                {
                    open.Push(next);
                }
            }
        }

        // A result or an origin stays as long as what it leads to, for whatever reason that stays.
        reached.UnionWith(infos.Keys.Where(key => Kind(key) is "results" or "origins" && (leadsTo[key].All(reached.Contains) || IsYoung(key, _grace))));
        return reached;
    }

    private static string[] References(string key, byte[] bytes)
    {
        switch (Kind(key))
        {
            case "names":
                return bytes.Length == 0 ? [] : [$"artifacts/{System.Text.Encoding.ASCII.GetString(bytes)}"];
            case "results" or "origins":
                return [$"artifacts/{V1.StoredResult.Parser.ParseFrom(bytes).Artifact}"];
            case "artifacts":
                var artifact = V1.Artifact.Parser.ParseFrom(bytes);
                return
                [
                    .. artifact.Tensors.Select(tensor => $"contents/{tensor.Sha256}"),
                    .. artifact.Files.Select(file => $"contents/{file.Sha256}"),
                    .. artifact.DiffVector is { } vector ? [$"artifacts/{vector.FineTuned}", $"artifacts/{vector.Pretrained}"] : Array.Empty<string>(),
                ];
            case "contents" or "uploads":
                var content = V1.StoredContent.Parser.ParseFrom(bytes);
                return
                [
                    .. content.Chunks.Select(chunk => $"blobs/{chunk.Sha256}"),
                    .. content.Parent.Length > 0 ? [$"contents/{content.Parent}"] : Array.Empty<string>(),
                ];
            default:
                return [];
        }
    }

    private static string Kind(string key) => key[..key.IndexOf('/', StringComparison.Ordinal)];
}
