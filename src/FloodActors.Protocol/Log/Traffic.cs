namespace FloodActors.Core;

/// <summary>
/// The pending traffic between a node and a peer over one link: what is to be sent, and what waits of what came. Each
/// link begins with a new object.
/// </summary>
internal sealed class Traffic
{
    /// <summary>The positions of the messages whose ids the peer is to be told, in order.</summary>
    public List<long> ToTell { get; } = [];

    /// <summary>The ids to tell have waited long enough.</summary>
    public bool MustTell { get; set; }

    /// <summary>What it may have been sent and not taken: see <see cref="OrderWindow"/>.</summary>
    public OrderWindow Window { get; } = new();

    /// <summary>Routes over which we tell it ids only.</summary>
    public RouteSet Lazy { get; } = new();

    /// <summary>Routes over which we asked it to tell us ids only.</summary>
    public RouteSet Pruned { get; } = new();

    /// <summary>Origins of which neither end of the link sends the messages themselves.</summary>
    public int LazyRoutes => Lazy.CountShared(Pruned);

    /// <summary>Routes of which it is still to be told so, or the opposite.</summary>
    public RouteSet PrunesDue { get; } = new();

    /// <inheritdoc cref="PrunesDue"/>
    public RouteSet GraftsDue { get; } = new();

    /// <summary>Ids of the messages that it is to be asked for.</summary>
    public List<MessageId> WantsDue { get; } = [];

    /// <summary>Ids of the messages that it asked for, in that order, with their positions at that time.</summary>
    public Queue<(MessageId Id, long Position)> Wanted { get; } = new();

    /// <summary>Ids of messages that it asked for and that have left the log.</summary>
    public List<MessageId> GoneDue { get; } = [];

    /// <summary>Batches from it that wait for a message that they must not overtake.</summary>
    public Inbox Inbox { get; } = new();

    /// <summary>
    /// The ids in its inbox that it was asked for: the size while the answer is pending, 0 when it has come, -1 when
    /// the message is gone.
    /// </summary>
    public Dictionary<MessageId, int>? Asked { get; set; }

    /// <summary>How many bytes the pending answers may have.</summary>
    public long AskedBytes { get; set; }

    /// <summary>Bytes of its answers that wait.</summary>
    public long AnswerBytes { get; set; }

    /// <summary>When it last answered, in milliseconds of the monotonic clock.</summary>
    public long AnsweredAt { get; set; }
}
