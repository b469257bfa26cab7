using System.Buffers;
using FloodActors.Wire;

namespace FloodActors.Actors;

/// <summary>Encodes the values of a topic.</summary>
internal static class TopicWriter
{
    /// <summary>A value as its codec writes it. Throws what the codec throws.</summary>
    public static FloodPayload Write<T>(IFloodCodec<T> codec, T value, Subject subject)
    {
        if (codec is ObjectCodec<T>) return FloodPayload.Object(value!).In(subject);
        var body = new ArrayBufferWriter<byte>(256);
        codec.Encode(value, body);
        return FloodPayload.Encoded(KindOf(codec.Name), body.WrittenSpan.ToArray(), subject);
    }

    /// <summary>The removal of a key.</summary>
    public static FloodPayload Removal(Subject topic, string key) =>
        FloodPayload.Encoded(PayloadKind.Bytes, [], topic.WithKey(key, removes: true));

    private static PayloadKind KindOf(string codec) => codec switch
    {
        "text" => PayloadKind.Text,
        "json" => PayloadKind.Json,
        _ => PayloadKind.Bytes,
    };
}
