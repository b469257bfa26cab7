namespace FloodActors.Wire;

/// <summary>
/// What one item of a link's stream is. The numbers are the wire format; message kinds (<see cref="PayloadKind"/>)
/// share the range below 16.
/// </summary>
internal enum RecordType : byte
{
    /// <summary>A message.</summary>
    Message = 0,

    /// <summary>
    /// Ids in the sender's log that the receiver is not known to have, in log order: 16 bytes each. The receiver
    /// answers with <see cref="Want"/>.
    /// </summary>
    Have = 16,

    /// <summary>
    /// One bit per id of the <see cref="Have"/> it answers, lowest bit first: set where the message was not seen.
    /// </summary>
    Want = 17,

    /// <summary>
    /// One byte. 1: announce messages by <see cref="Have"/> before sending them, because most of them arrive here over
    /// another link first. 0: send them at once, as every link does at first.
    /// </summary>
    Prefer = 18,
}

/// <summary>An item on its way to a peer: a message of the log, or the bytes of a have, want or prefer.</summary>
internal readonly record struct LinkRecord(RecordType Type, FloodMessage? Message, ReadOnlyMemory<byte> Control)
{
    /// <summary>Ids in one have; the next ones follow when the peer has said which of these it wants.</summary>
    public const int MaxIds = 3072;

    public LinkRecord(FloodMessage message) : this(RecordType.Message, message, default)
    {
    }

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
}
