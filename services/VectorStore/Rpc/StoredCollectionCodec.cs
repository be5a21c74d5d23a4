using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Graft.Faults;
using Graft.VectorStore.Collecting;

namespace Graft.VectorStore.Rpc;

/// <summary>The object gc/state to and from its bytes.</summary>
internal static class StoredCollectionCodec
{
    public static byte[] Encode(CollectionState state)
    {
        var proto = new V1.StoredCollection { Generation = state.Generation, Owner = state.Owner, Until = state.Until.ToTimestamp() };
        proto.Keys.AddRange(state.Keys);
        return proto.ToByteArray();
    }

    /// <exception cref="FaultException">Corrupt. Nobody can know what is being deleted then, and nothing is written.</exception>
    public static CollectionState Decode(ReadOnlySpan<byte> bytes, string key)
    {
        try
        {
            var proto = V1.StoredCollection.Parser.ParseFrom(bytes);
            if (proto is { Generation: > 0, Until: { } until })
            {
                return new CollectionState(proto.Generation, proto.Owner, until.ToDateTimeOffset(), [.. proto.Keys]);
            }
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidOperationException)
        {
            throw Damaged(key, exception);
        }

        throw Damaged(key, null);
    }

    private static FaultException Damaged(string key, Exception? inner) => FaultException.Corrupt(
        $"The object {key} of the store is damaged: delete it when no garbage collection has run for a quarter of an hour.", inner);
}
