namespace FloodActors.Core;

/// <summary>What happened on a node since it started. Every message that does not get somewhere is counted in one of these.</summary>
internal sealed class FloodCounters
{
    public long Appended;
    public long AppendedAgain;
    public long Delivered;
    public long Duplicates;
    public long Forwarded;
    public long ForwardedBytes;
    public long Spared;
    public long Dropped;
    public long Skipped;
    public long SubscriberSkipped;
    public long EventsLost;
    public long Unreachable;
    public long TooLargeForPeer;
    public long OriginsFull;
    public long UnsuitableForPeer;
    public long InvalidFromPeer;
    public long Undecodable;
    public long CallbackFailures;
}
