using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Safetensors;
using Graft.Faults;

namespace Graft.Tests.Benchmarks.Fuzzing;

/// <summary>Parses damaged headers of safetensors files. What is taken must cover the file exactly.</summary>
internal sealed class SafetensorsFuzz : IFuzzTarget
{
    private const int Seeds = 256;
    private const int Capacity = 1 << 15;

    /// <summary>Pieces of headers, put in where they do not belong.</summary>
    private static readonly byte[] _pieces = Encoding.UTF8.GetBytes(
        "\"dtype\":\"BF16\",\"shape\":[9223372036854775807,0],\"data_offsets\":[0,-1],\"__metadata__\":{\"a\":\"\\ud800\"},[[[[{}]]]],1e99,null,\u00e9\ud83d\ude00\\u0000");

    private readonly List<(byte[] Json, long FileLength)> _headers = [];
    private readonly GuardedMemory _json = new(Capacity);
    private readonly GuardedMemory _length = new(SafetensorsHeader.LengthSize);

    public SafetensorsFuzz(Random random)
    {
        while (_headers.Count < Seeds)
        {
            _headers.Add(Header(random));
        }
    }

    public string Name => "safetensors headers";

    public FuzzEnd Run(Random random)
    {
        var (json, fileLength) = _headers[random.Next(_headers.Count)];
        var other = random.Next(2) == 0 ? _pieces : _headers[random.Next(_headers.Count)].Json;
        var damaged = random.Next(64) == 0 ? json : Mutation.Damage(json, other, random);
        damaged = damaged.Length > Capacity ? damaged[..Capacity] : damaged;
        fileLength = random.Next(4) switch { 0 => fileLength, 1 => random.NextInt64(), _ => fileLength + damaged.Length - json.Length };
        try
        {
            Span<byte> start = stackalloc byte[SafetensorsHeader.LengthSize];
            BitConverter.TryWriteBytes(start, random.Next(4) == 0 ? random.NextInt64() >> random.Next(64) : damaged.Length);
            SafetensorsHeader.ParseLength(_length.Hold(start[..(random.Next(16) == 0 ? random.Next(SafetensorsHeader.LengthSize) : SafetensorsHeader.LengthSize)], atEnd: true), fileLength);
            var (tensors, _) = SafetensorsHeader.Parse(_json.Hold(damaged, random.Next(2) == 0), fileLength);
            Check(tensors, damaged.Length, fileLength);
            return FuzzEnd.Taken;
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Invalid)
        {
            return FuzzEnd.Refused;
        }
    }

    public void Dispose()
    {
        _json.Dispose();
        _length.Dispose();
    }

    private static void Check(IReadOnlyList<SafetensorsTensor> tensors, int jsonLength, long fileLength)
    {
        var position = SafetensorsHeader.LengthSize + (long)jsonLength;
        foreach (var tensor in tensors)
        {
            var elements = tensor.Shape.Aggregate(1L, (product, factor) => checked(product * factor));
            if (tensor.Begin != position || tensor.End - tensor.Begin != elements * tensor.DType.Size())
            {
                throw new InvalidOperationException($"The tensor {tensor} does not begin at {position} or has another size.");
            }

            position = tensor.End;
        }

        if (position != fileLength)
        {
            throw new InvalidOperationException($"The tensors end at {position}, the file at {fileLength}.");
        }
    }

    private static (byte[] Json, long FileLength) Header(Random random)
    {
        var (json, position) = (new StringBuilder("{"), 0L);
        if (random.Next(2) == 0)
        {
            json.Append("\"__metadata__\":{\"format\":\"pt\",\"n\\u00f6te\":\"\"}");
        }

        for (var tensors = random.Next(6); tensors > 0; tensors--)
        {
            var dtype = Enum.GetValues<DType>()[random.Next(Enum.GetValues<DType>().Length)];
            var shape = Enumerable.Range(0, random.Next(4)).Select(_ => (long)random.Next(5)).ToArray();
            var size = shape.Aggregate((long)dtype.Size(), (product, factor) => product * factor);
            json.Append(json.Length > 1 ? "," : "")
                .Append($"\"layers.{tensors}.weight\":{{\"dtype\":\"{dtype}\",\"shape\":[{string.Join(',', shape)}],")
                .Append($"\"data_offsets\":[{position},{position += size}]}}");
        }

        var bytes = Encoding.UTF8.GetBytes(json.Append('}').ToString());
        return (bytes, SafetensorsHeader.LengthSize + bytes.Length + position);
    }
}
