using System.Buffers.Binary;
using FloodActors.Core;
using FloodActors.Peers;

namespace FloodActors.Wire;

/// <summary>Hashes a payload into its content id.</summary>
internal delegate MessageId ContentIdHash(PayloadKind kind, ReadOnlySpan<byte> body);

/// <summary>Why a stream of records cannot be read on.</summary>
internal sealed record ReadProblem(LinkEnd Cause, string Reason);

/// <summary>
/// Decodes a link's stream of records; the format is with <see cref="RecordWriter"/>. A body that goes on in later frames is gathered as it
/// comes: a length that is only claimed costs nothing, and one above <c>max-message-size</c> ends the link.
/// </summary>
internal sealed class RecordReader(int maxMessageSize, ContentIdHash? hash)
{
    internal const int MaxControl = FloodState.HaveChunk * MessageId.Size;

    private readonly OriginTable? _origins = hash is null ? new OriginTable() : null;
    private LinkEntry _partial;
    private byte[] _gathered = []; // grows with what has come, never by what is claimed
    private int _have;
    private int _length; // of the partial record's body; 0 when there is none

    /// <summary>Reads a frame's records. Answers what is wrong, or null.</summary>
    public ReadProblem? Read(ReadOnlyMemory<byte> frame, ReceivedBatch into)
    {
        if (_length > 0)
        {
            var part = frame[..Math.Min(_length - _have, frame.Length)];
            Gather(part.Span);
            if (_have < _length) return null;
            into.Add(Identified(_partial with { Body = _gathered, OwnsBody = true }));
            (_partial, _gathered, _have, _length) = (default, [], 0, 0);
            frame = frame[part.Length..];
        }
        var offset = 0;
        var bytes = frame.Span;
        while (offset < bytes.Length)
        {
            if (!ReadHeader(frame, ref offset, out var entry, out var length)) return new ReadProblem(LinkEnd.ProtocolError, $"a record's header is damaged at byte {offset} of a frame");
            var limit = entry.Type == RecordType.Message ? maxMessageSize : MaxControl;
            if (length > (ulong)limit)
            {
                return entry.Type == RecordType.Message
                    ? new ReadProblem(LinkEnd.MessageTooLarge, $"a message of {length} bytes exceeds flood.max-message-size ({limit})")
                    : new ReadProblem(LinkEnd.ProtocolError, $"a {entry.Type} record of {length} bytes exceeds {limit}");
            }
            if ((int)length > bytes.Length - offset)
            {
                (_partial, _length) = (entry, (int)length);
                Gather(bytes[offset..]);
                return null;
            }
            into.Add(Identified(entry with { Body = frame.Slice(offset, (int)length) }));
            offset += (int)length;
        }
        return null;
    }

    /// <summary>Takes records that were never encoded, from a peer in this process.</summary>
    public ReadProblem? Read(LinkRecord[] records, ReceivedBatch into)
    {
        foreach (var record in records)
        {
            if (record.Message is not { } message)
            {
                into.Add(new LinkEntry(record.Type, default, default, 0, record.Control) { OwnsBody = true });
                continue;
            }
            if (message.Body.Length > maxMessageSize)
                return new ReadProblem(LinkEnd.MessageTooLarge, $"a message of {message.Body.Length} bytes exceeds flood.max-message-size ({maxMessageSize})");
            into.Add(new LinkEntry(RecordType.Message, message.Id, message.Kind, message.Hops + 1, message.Body) { OwnsBody = true, Header = message.Header });
        }
        return null;
    }

    private void Gather(ReadOnlySpan<byte> part)
    {
        if (_have + part.Length > _gathered.Length) Array.Resize(ref _gathered, Math.Min(_length, Math.Max(_have + part.Length, _gathered.Length * 2)));
        part.CopyTo(_gathered.AsSpan(_have));
        _have += part.Length;
    }

    private LinkEntry Identified(LinkEntry entry) =>
        hash is not null && entry.Type == RecordType.Message ? entry with { Id = hash(entry.Kind, entry.Body.Span) } : entry;

    private bool ReadHeader(ReadOnlyMemory<byte> frame, ref int offset, out LinkEntry entry, out ulong length)
    {
        var bytes = frame.Span;
        entry = default;
        length = 0;
        var type = bytes[offset++];
        if (type is (byte)RecordType.Have or (byte)RecordType.Want)
        {
            entry = new LinkEntry((RecordType)type, default, default, 0, default);
            return Varint.TryRead(bytes, ref offset, out length) && ((RecordType)type == RecordType.Want || length % MessageId.Size == 0);
        }
        var hasHeader = (type & RecordWriter.WithHeader) != 0;
        type &= RecordWriter.WithHeader - 1;
        if (type is < (byte)PayloadKind.Text or > (byte)PayloadKind.Object) return false;
        if (!Varint.TryRead(bytes, ref offset, out var hops)) return false;
        var id = default(MessageId);
        if (_origins is not null && !ReadId(bytes, ref offset, out id)) return false;
        var header = ReadOnlyMemory<byte>.Empty;
        if (hasHeader)
        {
            if (!Varint.TryRead(bytes, ref offset, out var size) || size is 0 or > MessageHeader.MaxLength || size > (ulong)(bytes.Length - offset)) return false;
            header = frame.Slice(offset, (int)size);
            offset += (int)size;
        }
        entry = new LinkEntry(RecordType.Message, id, (PayloadKind)type, (int)Math.Min(hops, ushort.MaxValue), default) { Header = header };
        return Varint.TryRead(bytes, ref offset, out length);
    }

    private bool ReadId(ReadOnlySpan<byte> bytes, ref int offset, out MessageId id)
    {
        id = default;
        if (!Varint.TryRead(bytes, ref offset, out var reference)) return false;
        int index;
        if (reference == 0)
        {
            if (bytes.Length - offset < sizeof(ulong)) return false;
            index = _origins!.Add(BinaryPrimitives.ReadUInt64BigEndian(bytes[offset..]));
            offset += sizeof(ulong);
        }
        else
        {
            if (reference > (ulong)_origins!.Count) return false;
            index = (int)reference - 1;
        }
        if (!Varint.TryRead(bytes, ref offset, out var difference)) return false;
        id = _origins.Resolve(index, Varint.UnZigZag(difference));
        return true;
    }
}
