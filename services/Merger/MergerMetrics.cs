using System.Diagnostics;
using System.Diagnostics.Metrics;
using Graft.Hosting.Telemetry;
using Graft.Merger.Planning;

namespace Graft.Merger;

/// <summary>What the merger tells Prometheus: raw bytes of tensors it has worked through, tensor by tensor.</summary>
internal sealed class MergerMetrics
{
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _tensors;

    public MergerMetrics(IMeterFactory factory)
    {
        var meter = factory.Create(GraftMeter.Name);
        _bytes = meter.CreateCounter<long>("graft_merge", "By", "Raw bytes of tensors read and made, without those taken over as they are.");
        _tensors = meter.CreateCounter<long>("graft_merge_tensors", description: "Tensors done, by whether they were computed or taken over as they are.");
        foreach (var kind in (string[])["merge", "extract"])
        {
            Count(kind, read: 0, written: 0);
            Count(kind, copied: false, count: 0);
            Count(kind, copied: true, count: 0);
        }
    }

    public void Merged(MergeTensor tensor)
    {
        Count("merge", tensor.IsCopy, 1);
        if (!tensor.IsCopy)
        {
            Count("merge", tensor.Reads.Sum(entry => entry.Size), tensor.Size);
        }
    }

    /// <param name="read">Bytes of FT's and PT's tensor; a vector's numbers are not stored, so that nothing is made.</param>
    public void Extracted(long read)
    {
        Count("extract", copied: false, 1);
        Count("extract", read, written: 0);
    }

    private void Count(string kind, long read, long written)
    {
        _bytes.Add(read, new TagList { { "kind", kind }, { "direction", "read" } });
        _bytes.Add(written, new TagList { { "kind", kind }, { "direction", "written" } });
    }

    private void Count(string kind, bool copied, int count) =>
        _tensors.Add(count, new TagList { { "kind", kind }, { "work", copied ? "copied" : "computed" } });
}
