using System.Buffers.Binary;
using System.Text;

namespace FloodActors.Wire;

/// <summary>
/// Encodes a link's stream of records, a frame at a time. A record is
/// <code>
///   type     1 byte: payload kind 1-4, with 128 added when there is a header and 64 when it
///              was requested; ids 16, offer 17, want 18, gone 19, prune 20, graft 21
///   hops     varint            messages only
///   origin   varint            messages only: its number in this stream plus one, or 0 and a new origin:
///              incarnation     8 bytes, big-endian
///              name, stream    varint length and UTF-8 each
///   number   varint, zig-zag   messages, sequence ids only: difference to the origin's last
///   header   varint length, at most 384, and the bytes; messages with a header only
///   length   varint
///   body     length bytes      continues in the next frames when it is longer than a frame; nothing else is split
/// </code>
/// Content ids are not sent: the receiver computes them, so nobody can claim the id of another message.
/// </summary>
internal sealed class RecordWriter(bool sequenceIds)
{
    /// <summary>The most bytes before a record's body, except for a new origin and a message's own header.</summary>
    internal const int MaxHeader = 48;

    /// <summary>Added to the type of a message that has a header.</summary>
    internal const byte WithHeader = 0x80;

    /// <summary>Added to the type of a message that was requested.</summary>
    internal const byte IsAnswer = 0x40;

    [ThreadStatic] private static byte[]? s_scratch;

    private readonly OriginTable _origins = new();
    private byte[] _buffer = [];
    private int _limit;
    private int _offset = -1; // bytes of the current record's body already written; -1: its header comes next

    /// <summary>Bytes of records in the frame so far.</summary>
    public int Length { get; private set; }

    /// <summary>
    /// The length of the body that begins in this frame and continues in the next; 0 when there is none.
    /// </summary>
    public int Opens { get; private set; }

    /// <summary>Starts a frame. The limit on its size includes its header.</summary>
    public void Begin(int maxFrame)
    {
        if (s_scratch is null || s_scratch.Length < maxFrame) s_scratch = new byte[maxFrame];
        _buffer = s_scratch;
        _limit = maxFrame;
        (Length, Opens) = (0, 0);
    }

    /// <summary>
    /// Writes a record, or the part of it that fits. False: call again with the same record in the next frame.
    /// </summary>
    public bool Write(in LinkRecord record)
    {
        var position = LinkCodec.FrameHeader + Length;
        var body = record.Message is { } message ? message.Body.Span : record.Control.Span;
        if (_offset < 0)
        {
            // A record that fits a frame is not split: its receiver never has to keep a part of it.
            if (Length > 0 && !Fits(record, body.Length, _limit - position)) return false;
            position += WriteHeader(_buffer.AsSpan(position), record, body.Length);
            _offset = 0;
            if (body.Length > _limit - position) Opens = body.Length;
        }
        var count = Math.Min(body.Length - _offset, _limit - position);
        body.Slice(_offset, count).CopyTo(_buffer.AsSpan(position));
        _offset += count;
        Length = position + count - LinkCodec.FrameHeader;
        if (_offset < body.Length) return false;
        _offset = -1;
        return true;
    }

    /// <summary>The frame with the records written since <see cref="Begin"/>.</summary>
    public Frame ToFrame(ulong session, long seq, in Confirmed confirmed, bool push) =>
        LinkCodec.EncodeFrame(_buffer.AsSpan(LinkCodec.FrameHeader, Length), session, seq, confirmed, push, Opens);

    private bool Fits(in LinkRecord record, int body, int room)
    {
        room -= MaxHeader + body;
        if (record.Message is not { } message) return room >= 0;
        if (message.Header is not null) room -= message.Header.Length;
        // Whether the origin is new needs to be known only near the end of a frame.
        return room >= Origin.LargestWireSize
            || (room >= 0 && (_origins.TryFind(message.Author, out _) || room >= message.Author.WireSize));
    }

    private int WriteHeader(Span<byte> destination, in LinkRecord record, int length)
    {
        var at = 0;
        if (record.Message is { } message)
        {
            destination[at++] = (byte)((byte)message.Kind | (message.Header is null ? 0 : WithHeader)
                | (record.Type == RecordType.Answer ? IsAnswer : 0));
            at += Varint.Write(destination[at..], (ulong)message.Hops + 1);
            at += WriteOrigin(destination[at..], message.Author, out var index);
            if (sequenceIds)
                at += Varint.Write(destination[at..], Varint.ZigZag(_origins.Advance(index, message.Id.Low)));
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

    private int WriteOrigin(Span<byte> destination, Origin origin, out int index)
    {
        if (_origins.TryFind(origin, out index)) return Varint.Write(destination, (ulong)index + 1);
        index = _origins.Add(origin);
        destination[0] = 0;
        BinaryPrimitives.WriteUInt64BigEndian(destination[1..], origin.Incarnation);
        var at = 1 + sizeof(ulong);
        at += WriteText(destination[at..], origin.Name);
        return at + WriteText(destination[at..], origin.Stream);
    }

    private static int WriteText(Span<byte> destination, string text)
    {
        var size = Encoding.UTF8.GetByteCount(text);
        var at = Varint.Write(destination, (ulong)size);
        return at + Encoding.UTF8.GetBytes(text, destination[at..]);
    }
}
