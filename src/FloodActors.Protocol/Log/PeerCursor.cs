namespace FloodActors.Core;

/// <summary>
/// How far one peer has got in the log: everything that a node keeps per peer. It outlives the link by
/// <c>peer-grace</c>, so that a peer that comes back continues where it was.
/// </summary>
internal sealed class PeerCursor(string id, ulong incarnation, int slot)
{
    /// <summary>The peer's id.</summary>
    public string Id { get; } = id;

    /// <summary>The incarnation of the node behind it; another one has lost what this one had.</summary>
    public ulong Incarnation { get; } = incarnation;

    /// <summary>Its bit beside each message of the log.</summary>
    public int Slot { get; } = slot;

    /// <summary>Whether a link is up now.</summary>
    public bool Connected { get; set; }

    /// <summary>The peer refuses messages with a longer body, so they are not sent.</summary>
    public int MaxMessageSize { get; set; } = int.MaxValue;

    /// <summary>Messages of other kinds cannot be sent to it.</summary>
    public PayloadKinds Kinds { get; set; } = PayloadKinds.All;

    /// <summary>A stream of values cannot say which topic a value belongs to.</summary>
    public bool Carries(FloodMessage message) =>
        ((byte)Kinds & (1 << (byte)message.Kind)) != 0 && !(IsStream && message.HasTopic);

    /// <summary>The pending traffic of the current link.</summary>
    public Traffic Traffic { get; private set; } = new();

    /// <summary>Everything before this position was handed to the link or needs no sending.</summary>
    public long Sent { get; set; }

    /// <summary>Where the last batch handed to the link ended; the link's acks refer to it.</summary>
    public long Handed { get; set; }

    /// <summary>
    /// What has been looked at: from <see cref="Sent"/> up to here there are only messages that need no sending, and
    /// those of <see cref="Core.Traffic.ToTell"/>.
    /// </summary>
    public long Scanned { get; set; }

    /// <summary>Everything before this position was taken by the peer, or skipped and reported.</summary>
    public long Acked { get; set; }

    /// <summary>
    /// The end of the log when the link came up: messages before it are offered by their ids.
    /// </summary>
    public long OfferEnd { get; set; }

    /// <summary>
    /// The link's demand in bytes: above 0 means that new messages go to it at once.
    /// </summary>
    public int Room { get; set; }

    /// <summary>A stream of values: it is sent every message, and can neither tell ids nor be told them.</summary>
    public bool IsStream { get; set; }

    /// <summary>
    /// Messages in flight on the link that have left the log since: lost if the link ends before they are acked.
    /// </summary>
    public long AtRisk { get; set; }

    /// <summary>Where these end: an ack from here on clears them.</summary>
    public long AtRiskEnd { get; set; }

    /// <summary>
    /// It skipped and <c>on-lag = disconnect</c>: its link is to be closed, so that it comes back and catches up.
    /// </summary>
    public bool MustDisconnect { get; set; }

    /// <summary>Keys whose latest value it is still to be given; null while there have been none.</summary>
    public DueKeys? Due { get; set; }

    /// <summary>
    /// The position that the link is to acknowledge with the last batch: <see cref="Handed"/>, and keys.
    /// </summary>
    public long UpTo => Handed + (Due?.Turns ?? 0);

    /// <summary>Its messages that the validator refused; null for none.</summary>
    public RefusalTally? Refusals { get; set; }

    /// <summary>Messages skipped and not yet reported.</summary>
    public long Skipped { get; set; }

    /// <summary>Messages that it was to be sent and was not, whatever the reason.</summary>
    public long NotGiven { get; set; }

    /// <summary>How many of them flushes have reported.</summary>
    public long NotGivenTold { get; set; }

    /// <summary>When the link ended, in milliseconds of the monotonic clock.</summary>
    public long SilentSince { get; set; }

    /// <summary>Messages handed to its link since the cursor was created.</summary>
    public long Forwarded { get; set; }

    /// <summary>Messages taken from it that were new / already seen.</summary>
    public long Received { get; set; }

    /// <inheritdoc cref="Received"/>
    public long Duplicates { get; set; }

    /// <summary>A link begins or ends: the state of the previous one is discarded.</summary>
    public void Restart(long position)
    {
        Acked = Sent = Handed = Scanned = OfferEnd = position;
        Traffic = new Traffic();
    }

    /// <summary>
    /// Whether the outcome of everything before a position is known: taken, or not given and counted. A message that
    /// has left the log while in flight is neither yet. The same for keys up to a change.
    /// </summary>
    public bool IsDoneWith(long position, long keyChange) =>
        Acked >= position && AtRisk == 0 && Due?.IsDoneWith(keyChange) != false;
}
