using System.Buffers.Binary;
using System.Text;

namespace FloodActors.Wire;

/// <summary>Why a stream of records cannot be read further.</summary>
internal sealed record ReadProblem(LinkEnd Cause, string Reason);

/// <summary>
/// Decodes a link's stream of records; the format is with <see cref="RecordWriter"/>. A body that continues in later
/// frames is collected as it arrives: a length that is only claimed costs nothing, and a length above
/// <c>max-message-size</c> ends the link.
/// </summary>
internal sealed class RecordReader(int maxMessageSize, ContentIdHash? hash)
{
    internal const int MaxControl = LinkRecord.MaxIds * LinkRecord.ToldSize;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly OriginTable _origins = new();
    private LinkEntry _partial;
    private byte[] _gathered = []; // grows with the bytes that have come, not with the claimed length
    private int _have;
    private string? _flaw; // of a header that can be read
    private int _length; // of the partial record's body; 0 when there is none

    /// <summary>Bytes that the unfinished record will have; 0 when none is unfinished.</summary>
    public int Unfinished => _length;

    /// <summary>Reads a frame's records. Returns the problem, or null.</summary>
    public ReadProblem? Read(ReadOnlyMemory<byte> frame, ReceivedBatch into)
    {
        if (_length > 0)
        {
            var part = frame[..Math.Min(_length - _have, frame.Length)];
            Gather(part.Span);
            if (_have < _length) return null;
            ref var whole = ref into.Add();
            whole = _partial;
            (whole.Body, whole.OwnsBody) = (_gathered, true);
            Identify(ref whole);
            into.HasWords |= whole.Type != RecordType.Message;
            (_partial, _gathered, _have, _length) = (default, [], 0, 0);
            frame = frame[part.Length..];
        }
        var offset = 0;
        var bytes = frame.Span;
        while (offset < bytes.Length)
        {
            ref var entry = ref into.Add();
            if (!ReadHeader(frame, ref offset, ref entry, out var length))
                return new ReadProblem(
                    LinkEnd.ProtocolError, _flaw ?? $"a record's header is damaged at byte {offset} of a frame");
            var limit = entry.IsMessage ? maxMessageSize : MaxControl;
            if (length > (ulong)limit)
            {
                return entry.IsMessage
                    ? new ReadProblem(
                        LinkEnd.MessageTooLarge,
                        $"a message of {length} bytes exceeds flood.max-message-size ({limit})")
                    : new ReadProblem(
                        LinkEnd.ProtocolError, $"a {entry.Type} record of {length} bytes exceeds {limit}");
            }
            if ((int)length > bytes.Length - offset)
            {
                (_partial, _length) = (into.TakeLast(), (int)length);
                Gather(bytes[offset..]);
                return null;
            }
            entry.Body = frame.Slice(offset, (int)length);
            Identify(ref entry);
            into.HasWords |= entry.Type != RecordType.Message;
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
                into.HasWords = true;
                into.Add(new LinkEntry(record.Type, default, default, 0, record.Control) { OwnsBody = true });
                continue;
            }
            if (message.Body.Length > maxMessageSize)
                return new ReadProblem(
                    LinkEnd.MessageTooLarge,
                    $"a message of {message.Body.Length} bytes exceeds flood.max-message-size ({maxMessageSize})");
            var type = IsKeyed(message.Header) ? RecordType.Keyed : record.Type;
            into.HasWords |= type != RecordType.Message;
            into.Add(new LinkEntry(type, message.Id, message.Kind, message.Hops + 1, message.Body)
            {
                OwnsBody = true,
                Header = message.Header,
                Author = message.Author,
            });
        }
        return null;
    }

    private void Gather(ReadOnlySpan<byte> part)
    {
        if (_have + part.Length > _gathered.Length)
            Array.Resize(ref _gathered, Math.Min(_length, Math.Max(_have + part.Length, _gathered.Length * 2)));
        part.CopyTo(_gathered.AsSpan(_have));
        _have += part.Length;
    }

    private static bool IsKeyed(ReadOnlySpan<byte> header) =>
        !header.IsEmpty && !MessageHeader.KeyOf(header).IsEmpty;

    private void Identify(ref LinkEntry entry)
    {
        if (!entry.IsMessage) return;
        if (IsKeyed(entry.Header.Span)) entry.Type = RecordType.Keyed;
        if (hash is not null) entry.Id = ContentIds.Of(hash, entry.Kind, entry.Header.Span, entry.Body.Span);
    }

    private bool ReadHeader(ReadOnlyMemory<byte> frame, ref int offset, ref LinkEntry entry, out ulong length)
    {
        var bytes = frame.Span;
        length = 0;
        var type = bytes[offset++];
        if (type is >= (byte)RecordType.Ids and <= (byte)RecordType.Graft)
        {
            entry.Type = (RecordType)type;
            var each = entry.Type switch
            {
                RecordType.Ids or RecordType.Offer => LinkRecord.ToldSize,
                RecordType.Prune or RecordType.Graft => sizeof(ulong),
                _ => MessageId.Size,
            };
            return Varint.TryRead(bytes, ref offset, out length) && length % (ulong)each == 0;
        }
        var hasHeader = (type & RecordWriter.WithHeader) != 0;
        var isAnswer = (type & RecordWriter.IsAnswer) != 0;
        type &= RecordWriter.IsAnswer - 1;
        if (type is < (byte)PayloadKind.Text or > (byte)PayloadKind.Object) return false;
        (entry.Type, entry.Kind) = (isAnswer ? RecordType.Answer : RecordType.Message, (PayloadKind)type);
        if (!Varint.TryRead(bytes, ref offset, out var hops)) return false;
        entry.Hops = (int)Math.Min(hops, ushort.MaxValue);
        if (!ReadOrigin(bytes, ref offset, ref entry, out var index)) return false;
        if (hash is null)
        {
            if (!Varint.TryRead(bytes, ref offset, out var difference)) return false;
            entry.Id = _origins.Resolve(index, Varint.UnZigZag(difference));
        }
        if (hasHeader)
        {
            if (!Varint.TryRead(bytes, ref offset, out var size) || size is 0 or > MessageHeader.MaxLength
                || size > (ulong)(bytes.Length - offset))
                return false;
            entry.Header = frame.Slice(offset, (int)size);
            offset += (int)size;
            // The message's origin does not matter: no node forwards what it does not accept.
            if ((_flaw = MessageHeader.FlawOf(entry.Header.Span)) is not null) return false;
        }
        return Varint.TryRead(bytes, ref offset, out length);
    }

    private bool ReadOrigin(ReadOnlySpan<byte> bytes, ref int offset, ref LinkEntry entry, out int index)
    {
        index = 0;
        if (!Varint.TryRead(bytes, ref offset, out var reference) || reference > (ulong)_origins.Count) return false;
        if (reference > 0)
        {
            index = (int)reference - 1;
            entry.Author = _origins[index];
            return true;
        }
        if (bytes.Length - offset < sizeof(ulong)) return false;
        var incarnation = BinaryPrimitives.ReadUInt64BigEndian(bytes[offset..]);
        offset += sizeof(ulong);
        if (!ReadText(bytes, ref offset, out var name) || !ReadText(bytes, ref offset, out var stream)
            || name.Length == 0)
            return false;
        entry.Author = new Origin(incarnation, name, stream);
        entry.BringsOrigin = true;
        index = _origins.Add(entry.Author);
        return true;
    }

    private static bool ReadText(ReadOnlySpan<byte> bytes, ref int offset, out string text)
    {
        text = "";
        if (!Varint.TryRead(bytes, ref offset, out var length) || length > Origin.MaxText
            || length > (ulong)(bytes.Length - offset))
            return false;
        var part = bytes.Slice(offset, (int)length);
        offset += (int)length;
        try
        {
            text = Utf8.GetString(part);
        }
        catch (ArgumentException)
        {
            return false;
        }
        // Names end up in logs and terminals.
        return !text.Any(char.IsControl);
    }
}
