namespace FloodActors.Core;

/// <summary>
/// What there is to say between a node and a peer over one link, and what waits of what the peer said. Another link
/// begins with another one.
/// </summary>
internal sealed class Traffic
{
    /// <summary>The positions of messages of which the peer is to be told the ids, in order.</summary>
    public List<long> ToTell { get; } = [];

    /// <summary>What is to be told has waited long enough.</summary>
    public bool MustTell { get; set; }

    /// <summary>What it may have in flight and not taken: see <see cref="OrderWindow"/>.</summary>
    public OrderWindow Window { get; } = new();

    /// <summary>Routes over which it is told ids only.</summary>
    public RouteSet Lazy { get; } = new();

    /// <summary>Routes over which we asked it to tell us ids only.</summary>
    public RouteSet Pruned { get; } = new();

    /// <summary>Origins of which neither end of the link sends the messages themselves.</summary>
    public int LazyRoutes => Lazy.CountShared(Pruned);

    /// <summary>Routes of which it has still to be told so, or the opposite.</summary>
    public RouteSet PrunesDue { get; } = new();

    /// <inheritdoc cref="PrunesDue"/>
    public RouteSet GraftsDue { get; } = new();

    /// <summary>Ids that it is to be asked for.</summary>
    public List<MessageId> WantsDue { get; } = [];

    /// <summary>Ids that it asked for, in the order in which it did, and where their messages stood then.</summary>
    public Queue<(MessageId Id, long Position)> Wanted { get; } = new();

    /// <summary>Ids that it asked for and that have left the log.</summary>
    public List<MessageId> GoneDue { get; } = [];

    /// <summary>Batches from it that wait for a message that they must not overtake.</summary>
    public Inbox Inbox { get; } = new();

    /// <summary>
    /// The ids in its inbox that it was asked for: the size while the answer is open, 0 when it has come, -1 when the
    /// message is gone.
    /// </summary>
    public Dictionary<MessageId, int>? Asked { get; set; }

    /// <summary>How many bytes the open answers may have.</summary>
    public long AskedBytes { get; set; }

    /// <summary>Bytes of its answers that wait.</summary>
    public long AnswerBytes { get; set; }

    /// <summary>Milliseconds of the monotonic clock at which it answered last.</summary>
    public long AnsweredAt { get; set; }
}
