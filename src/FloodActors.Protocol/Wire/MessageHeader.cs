using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;

namespace FloodActors.Wire;

/// <summary>
/// What may be sent beside a message's payload: when it was appended, the trace it belongs to (<c>flood.trace = on</c>
/// at its origin), and its <see cref="Subject"/>. Relays forward the bytes unchanged, whatever they contain. At most
/// <see cref="MaxLength"/> bytes of fields:
/// <code>
///   tag     1 byte: see below; others are ignored, and of two with the same tag the first counts
///   length  1 byte
///   value   length bytes
///             1 time     8, big-endian: microseconds since 1970 by the origin's clock
///             2 trace    25: trace id (16), span id (8), flags (1), as in W3C traceparent
///             3 state    UTF-8, W3C tracestate; left out when it does not fit
///             4 topic    UTF-8, 1 to 128
///             5 codec    UTF-8, 1 to 32; always with a topic
///             6 key      UTF-8, 1 to 128; only with a topic
///             7 version  9, always with a key: big-endian number (8), and 1 when the key is removed, else 0
/// </code>
/// Time, trace and state are not part of the message's identity; the subject is.
/// </summary>
internal static class MessageHeader
{
    /// <summary>The size that fits the smallest frame together with a new origin.</summary>
    public const int MaxLength = 384;

    /// <summary>No version of a key is this high or higher, so that there is always a higher one.</summary>
    public const long MaxVersion = MaxMicroseconds;

    internal const byte TopicTag = 4;
    internal const byte CodecTag = 5;
    internal const byte KeyTag = 6;
    internal const byte VersionTag = 7;
    internal const int VersionLength = 9;

    private const long MaxMicroseconds = 250_000_000_000_000_000; // the year 9892: no sum of ticks overflows
    private const byte TimeTag = 1;
    private const byte TraceTag = 2;
    private const byte StateTag = 3;
    private const int TimeField = 2 + 8;
    private const int TraceField = 2 + 25;

    /// <summary>
    /// A header with the subject and the trace, if any, and room for the time, which <see cref="Stamp"/> fills in.
    /// </summary>
    public static byte[] Create(ActivityContext trace, Subject? subject = null)
    {
        var traced = trace.TraceId != default;
        var fixedLength = TimeField + (subject?.Length ?? 0) + (traced ? TraceField : 0);
        var state = traced && trace.TraceState is { Length: > 0 } text
            && Encoding.UTF8.GetByteCount(text) <= Math.Min(byte.MaxValue, MaxLength - fixedLength - 2)
            ? Encoding.UTF8.GetBytes(text)
            : [];
        var header = new byte[fixedLength + (state.Length > 0 ? 2 + state.Length : 0)];
        (header[0], header[1]) = (TimeTag, 8);
        var at = TimeField;
        if (subject is not null) at += subject.WriteTo(header.AsSpan(at));
        if (!traced) return header;
        (header[at], header[at + 1]) = (TraceTag, 25);
        trace.TraceId.CopyTo(header.AsSpan(at + 2, 16));
        trace.SpanId.CopyTo(header.AsSpan(at + 18, 8));
        header[at + 26] = (byte)trace.TraceFlags;
        if (state.Length == 0) return header;
        at += TraceField;
        (header[at], header[at + 1]) = (StateTag, (byte)state.Length);
        state.CopyTo(header, at + 2);
        return header;
    }

    /// <summary>Writes the time of the append into a header from <see cref="Create"/>.</summary>
    public static void Stamp(byte[] header, long wallTicks) =>
        BinaryPrimitives.WriteInt64BigEndian(
            header.AsSpan(2), (wallTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);

    /// <summary>Ticks of the append by the origin's clock, or null. The bytes may come from anyone.</summary>
    public static long? AppendedAt(ReadOnlySpan<byte> header) =>
        Field(header, TimeTag) is { Length: 8 } time
            && BinaryPrimitives.ReadInt64BigEndian(time) is >= 0 and < MaxMicroseconds and var micros
            ? DateTime.UnixEpoch.Ticks + (micros * TimeSpan.TicksPerMicrosecond)
            : null;

    /// <summary>The trace of the append, or null.</summary>
    public static ActivityContext? TraceOf(ReadOnlySpan<byte> header)
    {
        var trace = Field(header, TraceTag);
        if (trace.Length != 25 || trace[..16].IndexOfAnyExcept((byte)0) < 0
            || trace.Slice(16, 8).IndexOfAnyExcept((byte)0) < 0)
            return null;
        var state = Field(header, StateTag);
        return new ActivityContext(
            ActivityTraceId.CreateFromBytes(trace[..16]), ActivitySpanId.CreateFromBytes(trace.Slice(16, 8)),
            (ActivityTraceFlags)(trace[24] & 1),
            state.Length > 0 ? Encoding.UTF8.GetString(state) : null, isRemote: true);
    }

    /// <summary>The topic's name; empty for none.</summary>
    public static ReadOnlySpan<byte> TopicOf(ReadOnlySpan<byte> header) => Field(header, TopicTag);

    public static ReadOnlySpan<byte> CodecOf(ReadOnlySpan<byte> header) => Field(header, CodecTag);

    /// <summary>The key; empty for none.</summary>
    public static ReadOnlySpan<byte> KeyOf(ReadOnlySpan<byte> header) => Field(header, KeyTag);

    /// <summary>The key's version, and whether it removes the key. Only for valid headers with a key.</summary>
    public static long VersionOf(ReadOnlySpan<byte> header, out bool removes)
    {
        var version = Field(header, VersionTag);
        removes = version[8] == 1;
        return BinaryPrimitives.ReadInt64BigEndian(version);
    }

    /// <summary>Writes the version into a header that <see cref="Create"/> made for a subject with a key.</summary>
    public static void SetVersion(byte[] header, long version)
    {
        var at = 0;
        while (header[at] != VersionTag) at += 2 + header[at + 1];
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(at + 2), version);
    }

    /// <summary>What is wrong with the subject in a header that came from a peer; null when nothing is.</summary>
    public static string? FlawOf(ReadOnlySpan<byte> header)
    {
        var topic = TopicOf(header);
        var codec = CodecOf(header);
        var key = KeyOf(header);
        var version = Field(header, VersionTag);
        if (topic.IsEmpty)
        {
            return codec.IsEmpty && key.IsEmpty && version.IsEmpty
                ? null : "a message has a codec, a key or a version, and no topic";
        }
        if (Subject.FlawOf("topic", topic, Subject.MaxTopic) is { } wrongTopic) return wrongTopic;
        if (Subject.FlawOf("codec", codec, Subject.MaxCodec) is { } wrongCodec) return wrongCodec;
        if (key.IsEmpty) return version.IsEmpty ? null : "a message has a version, and no key";
        if (Subject.FlawOf("key", key, Subject.MaxKey) is { } wrongKey) return wrongKey;
        if (version.Length != VersionLength) return $"the version of a key has {version.Length} bytes, not 9";
        var number = BinaryPrimitives.ReadInt64BigEndian(version);
        if (number is <= 0 or >= MaxVersion) return $"the version {number} of a key is out of range";
        return version[8] > 1 ? "the version of a key has an unknown flag" : null;
    }

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> header, byte tag)
    {
        while (header.Length >= 2 && header.Length >= 2 + header[1])
        {
            if (header[0] == tag) return header.Slice(2, header[1]);
            header = header[(2 + header[1])..];
        }
        return [];
    }
}
