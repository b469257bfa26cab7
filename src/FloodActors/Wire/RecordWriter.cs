using System.Buffers.Binary;
using FloodActors.Core;
using FloodActors.Peers;

namespace FloodActors.Wire;

/// <summary>
/// Encodes a link's stream of records, a frame at a time. A record is
/// <code>
///   type     1 byte: payload kind 1-4, with 128 added when there is a header; have 16, want 17, prefer 18
///   hops     varint            messages only
///   origin   varint            messages, sequence ids only: 0 and 8 bytes for a new one, else its number in this stream
///   number   varint, zig-zag   messages, sequence ids only: difference to the origin's last
///   header   varint length, at most 256, and so many bytes; messages with a header only
///   length   varint
///   body     length bytes      may go on in the next frames; all before it is never split
/// </code>
/// Content ids do not travel: the receiver computes them, so nobody can claim another's.
/// </summary>
internal sealed class RecordWriter(bool sequenceIds)
{
    /// <summary>All before a record's body is never longer, a message's own header aside.</summary>
    internal const int MaxHeader = 48;

    /// <summary>Added to the type of a message that has a header of its own.</summary>
    internal const byte WithHeader = 0x80;

    /// <summary>Origins numbered in one stream; the numbering starts again when they are used up.</summary>
    internal const int MaxOrigins = 4096;

    [ThreadStatic] private static byte[]? s_scratch;

    private readonly OriginTable? _origins = sequenceIds ? new OriginTable() : null;
    private byte[] _buffer = [];
    private int _limit;
    private int _offset = -1; // bytes of the current record's body already written; -1: its header comes next

    /// <summary>Bytes of records in the frame so far.</summary>
    public int Length { get; private set; }

    /// <summary>Starts a frame of at most so many bytes, its header included.</summary>
    public void Begin(int maxFrame)
    {
        if (s_scratch is null || s_scratch.Length < maxFrame) s_scratch = new byte[maxFrame];
        _buffer = s_scratch;
        _limit = maxFrame;
        Length = 0;
    }

    /// <summary>Writes a record, or what of it fits. False: call again with the same record in the next frame.</summary>
    public bool Write(in LinkRecord record)
    {
        var position = LinkCodec.FrameHeader + Length;
        var body = record.Message is { } message ? message.Body.Span : record.Control.Span;
        if (_offset < 0)
        {
            if (_limit - position < MaxHeader + (record.Message?.Header?.Length ?? 0)) return false;
            position += WriteHeader(_buffer.AsSpan(position), record, body.Length);
            _offset = 0;
        }
        var count = Math.Min(body.Length - _offset, _limit - position);
        body.Slice(_offset, count).CopyTo(_buffer.AsSpan(position));
        _offset += count;
        Length = position + count - LinkCodec.FrameHeader;
        if (_offset < body.Length) return false;
        _offset = -1;
        return true;
    }

    /// <summary>The frame with what was written since <see cref="Begin"/>.</summary>
    public Frame ToFrame(ulong session, long seq, long received, long taken, bool push) =>
        LinkCodec.EncodeFrame(_buffer.AsSpan(LinkCodec.FrameHeader, Length), session, seq, received, taken, push);

    private int WriteHeader(Span<byte> destination, in LinkRecord record, int length)
    {
        var at = 0;
        if (record.Message is { } message)
        {
            destination[at++] = message.Header is null ? (byte)message.Kind : (byte)((byte)message.Kind | WithHeader);
            at += Varint.Write(destination[at..], (ulong)message.Hops + 1);
            if (_origins is not null) at += WriteId(destination[at..], message.Id);
            if (message.Header is { } header)
            {
                at += Varint.Write(destination[at..], (ulong)header.Length);
                header.CopyTo(destination[at..]);
                at += header.Length;
            }
        }
        else
        {
            destination[at++] = (byte)record.Type;
        }
        return at + Varint.Write(destination[at..], (ulong)length);
    }

    private int WriteId(Span<byte> destination, in MessageId id)
    {
        var at = 0;
        if (_origins!.TryFind(id.High, out var index))
        {
            at += Varint.Write(destination, (ulong)index + 1);
        }
        else
        {
            index = _origins.Add(id.High);
            destination[at++] = 0;
            BinaryPrimitives.WriteUInt64BigEndian(destination[at..], id.High);
            at += sizeof(ulong);
        }
        return at + Varint.Write(destination[at..], Varint.ZigZag(_origins.Advance(index, id.Low)));
    }
}
