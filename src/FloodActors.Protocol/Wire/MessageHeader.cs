using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;

namespace FloodActors.Wire;

/// <summary>
/// What may travel beside a message's payload, with <c>flood.trace = on</c> at its origin: when it was appended there,
/// and the trace it belongs to. Not part of its identity; relays forward the bytes as they are, whatever is in them. At
/// most <see cref="MaxLength"/> bytes of fields:
/// <code>
///   tag     1 byte   time 1, trace 2, state 3; others are passed over
///   length  1 byte
///   value   length bytes
///             time   8, big-endian: microseconds since 1970 by the origin's clock
///             trace  25: trace id (16), span id (8), flags (1), as in W3C traceparent
///             state  UTF-8, W3C tracestate; left out when it does not fit
/// </code></summary>
internal static class MessageHeader
{
    public const int MaxLength = 256;

    private const long MaxMicroseconds = 250_000_000_000_000_000; // the year 9892: no sum of ticks overflows
    private const byte TimeTag = 1;
    private const byte TraceTag = 2;
    private const byte StateTag = 3;
    private const int TimeField = 2 + 8;
    private const int TraceField = 2 + 25;

    /// <summary>
    /// A header with a trace, if there is one, and room for the time, which <see cref="Stamp"/> fills in.
    /// </summary>
    public static byte[] Create(ActivityContext trace)
    {
        var traced = trace.TraceId != default;
        var state = traced && trace.TraceState is { Length: > 0 } text
            && Encoding.UTF8.GetByteCount(text) <= MaxLength - TimeField - TraceField - 2
            ? Encoding.UTF8.GetBytes(text)
            : [];
        var header = new byte[TimeField + (traced ? TraceField : 0) + (state.Length > 0 ? 2 + state.Length : 0)];
        (header[0], header[1]) = (TimeTag, 8);
        if (!traced) return header;
        var at = TimeField;
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

    /// <summary>Writes the time of the append into what <see cref="Create"/> made.</summary>
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
