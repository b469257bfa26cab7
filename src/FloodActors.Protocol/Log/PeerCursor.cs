using FloodActors.Wire;

namespace FloodActors.Core;

/// <summary>
/// How far one peer has got in the log: all that a node keeps per peer. It outlives the link by <c>peer-grace</c>, so
/// that a peer that comes back goes on where it was.
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

    /// <summary>Messages with a longer body are refused over there, so they are not sent.</summary>
    public int MaxMessageSize { get; set; } = int.MaxValue;

    /// <summary>Messages of other kinds cannot be sent to it.</summary>
    public PayloadKinds Kinds { get; set; } = PayloadKinds.All;

    /// <summary>A stream of values cannot say which topic one is of.</summary>
    public bool Carries(FloodMessage message) =>
        ((byte)Kinds & (1 << (byte)message.Kind)) != 0 && !(IsStream && message.HasTopic);

    /// <summary>All before this position was handed to the link or needs no sending.</summary>
    public long Sent { get; set; }

    /// <summary>Where the last batch handed to the link ended; it is what the link's acks speak of.</summary>
    public long Handed { get; set; }

    /// <summary>All before this position was taken by the peer, or skipped and reported.</summary>
    public long Acked { get; set; }

    /// <summary>
    /// While below <see cref="OfferEnd"/>, the log is being announced: what has been announced so far.
    /// </summary>
    public long Offered { get; set; }

    /// <summary>
    /// The end of the log when the link came up, or, with <see cref="AnnounceFirst"/>, at the last look. Everything
    /// after it is sent without being announced first.
    /// </summary>
    public long OfferEnd { get; set; }

    /// <summary>
    /// What the peer has answered of what was announced; sending stops here until catch-up is through.
    /// </summary>
    public long Answered { get; set; }

    /// <summary>
    /// Bytes the link asked for and has not been given: above 0 means that new messages go to it at once.
    /// </summary>
    public int Room { get; set; }

    /// <summary>Answers to haves, waiting for the peer's turn.</summary>
    public Queue<LinkRecord>? Replies { get; set; }

    /// <summary>
    /// Ids the peer announced and we asked for: it is known to have them even if they reach us by another way first.
    /// </summary>
    public HashSet<MessageId>? Announced { get; set; }

    /// <summary>The positions of the announcement that waits for its answer.</summary>
    public List<long>? Offers { get; set; }

    /// <summary>It asked for announcements: most of what it was sent it had.</summary>
    public bool AnnounceFirst { get; set; }

    /// <summary>We ask it for announcements.</summary>
    public bool AsksForAnnouncements { get; set; }

    /// <summary>That has changed, and it has not been told yet.</summary>
    public bool PreferenceDue { get; set; }

    /// <summary>A stream of values: it can neither announce nor be told of announcements.</summary>
    public bool IsStream { get; set; }

    /// <summary>
    /// Messages under way on the link that have left the log since: lost if the link ends before they are acked.
    /// </summary>
    public long AtRisk { get; set; }

    /// <summary>Where those end: an ack from here on clears them.</summary>
    public long AtRiskEnd { get; set; }

    /// <summary>
    /// It skipped and <c>on-lag = disconnect</c>: its link is to be closed, so that it comes back and catches up.
    /// </summary>
    public bool MustDisconnect { get; set; }

    /// <summary>Keys whose latest value it has still to be given; null while there were none.</summary>
    public DueKeys? Due { get; set; }

    /// <summary>What the link is to acknowledge with the last batch: <see cref="Handed"/>, and keys.</summary>
    public long UpTo => Handed + (Due?.Turns ?? 0);

    /// <summary>What of its messages the validator refused; null for nothing.</summary>
    public RefusalTally? Refusals { get; set; }

    /// <summary>Messages skipped and not yet reported.</summary>
    public long Skipped { get; set; }

    /// <summary>Messages that it was to be sent and was not, whatever the reason.</summary>
    public long NotGiven { get; set; }

    /// <summary>How many of them flushes have told.</summary>
    public long NotGivenTold { get; set; }

    /// <summary>Milliseconds of the monotonic clock at which the link ended.</summary>
    public long SilentSince { get; set; }

    /// <summary>Messages handed to its link since the cursor exists.</summary>
    public long Forwarded { get; set; }

    /// <summary>Messages taken from it that were new / already seen.</summary>
    public long Received { get; set; }

    /// <inheritdoc cref="Received"/>
    public long Duplicates { get; set; }

    /// <summary>Ids it announced, and how many of them were asked for.</summary>
    public long Announcements { get; set; }

    /// <inheritdoc cref="Announcements"/>
    public long Wanted { get; set; }

    /// <summary>The same counts when they were last looked at.</summary>
    public (long Received, long Duplicates, long Announcements, long Wanted) Weighed { get; set; }

    /// <summary>Whether the log has been announced and answered to the end.</summary>
    public bool IsLevel => Answered >= OfferEnd;

    /// <summary>
    /// Whether it is known what came of all before a position: taken, or not given and counted. What has left the log
    /// while it was under way is neither yet. The same of keys up to a change.
    /// </summary>
    public bool IsDoneWith(long position, long keyChange) =>
        IsLevel && Acked >= position && AtRisk == 0 && Due?.IsDoneWith(keyChange) != false;
}
