using Graft.Client.Calls;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Graft.Client;

/// <summary>Graft's services from .NET. Threads may share one; channels are opened on the first call.</summary>
public sealed class GraftClient : IDisposable
{
    private readonly Channels _channels;

    /// <param name="options">Addresses are read when they are first needed.</param>
    /// <param name="time">Drives the waits between attempts.</param>
    /// <param name="logs">Told why a read took a longer way than it should; null for nobody.</param>
    public GraftClient(ClientOptions options, TimeProvider time, ILoggerFactory? logs = null)
    {
        _channels = new Channels(options);
        Store = new StoreClient(
            new("vector store", "VectorStore", all => all.VectorStore, options, _channels, time),
            options,
            (logs ?? NullLoggerFactory.Instance).CreateLogger<StoreClient>());
        Housekeeping = new HousekeepingClient(new("vector store", "VectorStore", all => all.VectorStore, options, _channels, time));
        var trainers = new Workers("trainer", "Trainer", all => all.Trainer, all => all.Trainers, options, _channels, time);
        Workers = new WorkerClient(
            trainers,
            mergers: new("merger", "Merger", all => all.Merger, all => all.Mergers, options, _channels, time),
            evaluators: new("evaluator", "Evaluator", all => all.Evaluator, all => all.Evaluators, options, _channels, time));
        Evaluator = new EvaluatorClient(new("evaluator", "Evaluator", all => all.Evaluator ?? all.Evaluators.FirstOrDefault(), options, _channels, time));
        Trainer = new TrainerClient(trainers);
        Coordinator = new CoordinatorClient(new("coordinator", "Coordinator", all => all.Coordinator, options, _channels, time));
    }

    public StoreClient Store { get; }

    public HousekeepingClient Housekeeping { get; }

    public WorkerClient Workers { get; }

    public EvaluatorClient Evaluator { get; }

    public TrainerClient Trainer { get; }

    public CoordinatorClient Coordinator { get; }

    public void Dispose()
    {
        Store.Dispose();
        _channels.Dispose();
    }
}
