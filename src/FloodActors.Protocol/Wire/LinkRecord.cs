namespace FloodActors.Wire;

/// <summary>
/// The type of one item of a link's stream. The numbers are the wire format; message kinds (<see cref="PayloadKind"/>)
/// share the range below 16. Messages, ids and offers follow the order of the sender's log. The other items are control
/// records between the two nodes, and take effect when they arrive.
/// </summary>
internal enum RecordType : byte
{
    /// <summary>A message.</summary>
    Message = 0,

    /// <summary>
    /// Ids in place of messages that the receiver probably gets over another link. It asks for a message that does not
    /// come. Each has 17 bytes: the id, and the power of two that the message's size does not exceed.
    /// </summary>
    Ids = 16,

    /// <summary>
    /// The same for messages that were in the log when the link came up: those that are new are requested at once.
    /// </summary>
    Offer = 17,

    /// <summary>
    /// Ids of 16 bytes each: these messages are requested. Answered with them or with <see cref="Gone"/>.
    /// </summary>
    Want = 18,

    /// <summary>Ids of messages that were requested and have left the log.</summary>
    Gone = 19,

    /// <summary>
    /// Origins, by their incarnations of 8 bytes each: the sender of this record wants only the ids of their messages,
    /// because the messages come over another link first.
    /// </summary>
    Prune = 20,

    /// <summary>Origins likewise: their messages are wanted again, because another link has been lost.</summary>
    Graft = 21,

    /// <summary>A message that was requested: it is outside the order of the log.</summary>
    Answer = 22,

    /// <summary>A message with a key, by its header: it has no place in the log at all.</summary>
    Keyed = 23,
}

/// <summary>An item to send to a peer: a message of the log, or the bytes of another item.</summary>
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

/// <summary>
/// An item as it came from a peer, not yet taken: its id is computed, and nothing about it is trusted.
/// </summary>
/// <remarks>Filled in place: copies of something this large would cost as much as reading it.</remarks>
internal record struct LinkEntry(RecordType Type, MessageId Id, PayloadKind Kind, int Hops, ReadOnlyMemory<byte> Body)
{
    /// <summary>
    /// Whether <see cref="Body"/> may be kept as it is; otherwise it is a part of a frame and is copied if the message
    /// is new.
    /// </summary>
    public bool OwnsBody { get; set; }

    /// <summary>Whether <see cref="Author"/> is an object that was created for this entry.</summary>
    public bool BringsOrigin { get; set; }

    /// <summary>Who appended it; set for messages only.</summary>
    public Origin Author { get; set; } = null!;

    /// <summary>The header beside the payload; copied if the message is new.</summary>
    public ReadOnlyMemory<byte> Header { get; set; }

    /// <summary>Whether it is a message, in the order of the log or requested.</summary>
    public readonly bool IsMessage => Type is RecordType.Message or RecordType.Answer;

    /// <summary>Whether it has a place in the order of the sender's log.</summary>
    public readonly bool IsOrdered => Type is RecordType.Message or RecordType.Ids or RecordType.Offer;

    /// <summary>Whether it tells ids that stand for messages.</summary>
    public readonly bool TellsIds => Type is RecordType.Ids or RecordType.Offer;

    /// <summary>How many.</summary>
    public readonly int IdCount => Body.Length / LinkRecord.ToldSize;

    /// <summary>One of the ids, and how large its message may be.</summary>
    public readonly MessageId IdAt(int index, out int size)
    {
        var told = Body.Span.Slice(index * LinkRecord.ToldSize, LinkRecord.ToldSize);
        size = 1 << Math.Min((int)told[MessageId.Size], 30);
        return MessageId.Read(told);
    }
}
