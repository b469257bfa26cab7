namespace FloodActors.Wire;

/// <summary>
/// What one item of a link's stream is. The numbers are the wire format; message kinds (<see cref="PayloadKind"/>)
/// share the range below 16. Messages, ids and offers follow the order of the sender's log. The other items are words
/// between the two nodes, and are heeded when they arrive.
/// </summary>
internal enum RecordType : byte
{
    /// <summary>A message.</summary>
    Message = 0,

    /// <summary>
    /// Ids in the place of messages that the receiver probably gets over another link. It asks for one that does not
    /// come. Each has 17 bytes: the id, and the power of two that the message's size does not exceed.
    /// </summary>
    Ids = 16,

    /// <summary>The same for what was in the log when the link came up: what is new is asked for at once.</summary>
    Offer = 17,

    /// <summary>
    /// Ids of 16 bytes each: these messages are asked for. Answered by them or by <see cref="Gone"/>.
    /// </summary>
    Want = 18,

    /// <summary>Ids that were asked for and have left the log.</summary>
    Gone = 19,

    /// <summary>
    /// Origins, by their incarnations of 8 bytes each: of their messages the sender of this wants to be told the ids
    /// only, because they come over another link first.
    /// </summary>
    Prune = 20,

    /// <summary>Origins likewise: their messages are wanted again, because another link is lost.</summary>
    Graft = 21,

    /// <summary>A message that was asked for: it stands apart from the order of the log.</summary>
    Answer = 22,

    /// <summary>A message with a key, as its header says: it has no place in the log at all.</summary>
    Keyed = 23,
}

/// <summary>An item on its way to a peer: a message of the log, or the bytes of another item.</summary>
internal readonly record struct LinkRecord(RecordType Type, FloodMessage? Message, ReadOnlyMemory<byte> Control)
{
    /// <summary>Ids in one record.</summary>
    public const int MaxIds = 2880;

    public LinkRecord(FloodMessage message, RecordType type = RecordType.Message) : this(type, message, default)
    {
    }

    /// <summary>Bytes of an id that stands for a message.</summary>
    public const int ToldSize = MessageId.Size + 1;

    /// <summary>Bytes it counts in a window.</summary>
    public int Size => Message is null ? Control.Length + 8 : Message.Body.Length + (Message.Header?.Length ?? 0) + 8;
}

/// <summary>An item as it came from a peer, not yet taken: its id is computed, nothing about it is believed.</summary>
/// <remarks>Filled in where it stands: copies of something this large would cost as much as reading it.</remarks>
internal record struct LinkEntry(RecordType Type, MessageId Id, PayloadKind Kind, int Hops, ReadOnlyMemory<byte> Body)
{
    /// <summary>
    /// Whether <see cref="Body"/> may be kept as it is; otherwise it is a part of a frame and is copied if the message
    /// is new.
    /// </summary>
    public bool OwnsBody { get; set; }

    /// <summary>Whether <see cref="Author"/> is an object that was made for this entry.</summary>
    public bool BringsOrigin { get; set; }

    /// <summary>Who appended it; set for messages only.</summary>
    public Origin Author { get; set; } = null!;

    /// <summary>What travels beside the payload; copied if the message is new.</summary>
    public ReadOnlyMemory<byte> Header { get; set; }

    /// <summary>Whether it is a message, in the order of the log or asked for.</summary>
    public readonly bool IsMessage => Type is RecordType.Message or RecordType.Answer;

    /// <summary>Whether it has a place in the order of the sender's log.</summary>
    public readonly bool IsOrdered => Type is RecordType.Message or RecordType.Ids or RecordType.Offer;

    /// <summary>Whether it tells ids that stand for messages.</summary>
    public readonly bool TellsIds => Type is RecordType.Ids or RecordType.Offer;

    /// <summary>How many.</summary>
    public readonly int IdCount => Body.Length / LinkRecord.ToldSize;

    /// <summary>One of them, and how large its message may be.</summary>
    public readonly MessageId IdAt(int index, out int size)
    {
        var told = Body.Span.Slice(index * LinkRecord.ToldSize, LinkRecord.ToldSize);
        size = 1 << Math.Min((int)told[MessageId.Size], 30);
        return MessageId.Read(told);
    }
}
