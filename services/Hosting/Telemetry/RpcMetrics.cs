using System.Diagnostics;
using System.Diagnostics.Metrics;
using Graft.Hosting.Rpc;
using Grpc.Core;

namespace Graft.Hosting.Telemetry;

/// <summary>
/// Rate, errors and duration of every method: graft_rpc_calls_total{method,code}, graft_rpc_duration_seconds{method},
/// graft_rpc_running{method}. It stands outside the fault interceptor and so sees final statuses.
/// </summary>
internal sealed class RpcMetrics : CallInterceptor
{
    private readonly TimeProvider _time;
    private readonly Counter<long> _calls;
    private readonly UpDownCounter<long> _running;
    private readonly Histogram<double> _duration;

    public RpcMetrics(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        var meter = meters.Create(GraftMeter.Name);
        _calls = meter.CreateCounter<long>("graft_rpc_calls", description: "Calls answered, by status.");
        _running = meter.CreateUpDownCounter<long>("graft_rpc_running", description: "Calls being answered now.");
        _duration = meter.CreateHistogram(
            "graft_rpc_duration",
            "s",
            "Time to answer a call, streams to their end.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 300, 3600] });
    }

    protected override async Task<T> AroundAsync<T>(ServerCallContext context, Func<Task<T>> call)
    {
        var method = new KeyValuePair<string, object?>("method", context.Method.TrimStart('/'));
        var begin = _time.GetTimestamp();
        var code = StatusCode.OK;
        _running.Add(1, method);
        try
        {
            return await call();
        }
        catch (RpcException exception)
        {
            code = exception.StatusCode;
            throw;
        }
        finally
        {
            _running.Add(-1, method);
            _calls.Add(1, new TagList { method, { "code", code.ToString() } });
            _duration.Record(_time.GetElapsedTime(begin).TotalSeconds, method);
        }
    }
}
