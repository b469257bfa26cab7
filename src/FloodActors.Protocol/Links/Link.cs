using FloodActors.Core;
using FloodActors.Wire;

namespace FloodActors.Links;

/// <summary>
/// The phase of a link, as its node sees it. <code>
///   Greeting --both ends have spoken--> Held --the other link's outcome is known--> Up
///       |                                |                                          |
///       '--------------------------------'---- refused, told to end, or ended ------'--> Ending
///   Ending --driver gone--> removed
/// </code>
/// A link that need not wait passes through <see cref="Held"/> at once.
/// </summary>
internal enum LinkPhase : byte
{
    /// <summary>At least one end has not spoken.</summary>
    Greeting,

    /// <summary>Waits for the outcome of the link that the other side dialled at the same time.</summary>
    Held,

    /// <summary>Admitted: the peer is connected.</summary>
    Up,

    /// <summary>It was told to end, or has ended; its driver still exists.</summary>
    Ending,
}

/// <summary>Why a link ended.</summary>
internal readonly record struct EndOfLink(LinkEnd Cause, string Reason)
{
    /// <summary>
    /// Whether users are told when the link never came up. They are not if another link serves instead, or if somebody
    /// asked for the end.
    /// </summary>
    public bool IsRefusal =>
        Cause is not (
            LinkEnd.Duplicate or LinkEnd.Leaving or LinkEnd.Disconnected or LinkEnd.Restarted or LinkEnd.Completed);
}

/// <summary>
/// A link of a node to another node, from the first hello on; <see cref="StreamLink"/> is a link to a stream.
/// </summary>
internal class Link
{
    /// <summary>The random number of this end.</summary>
    public required ulong Session { get; init; }

    /// <summary>The dialler's number, at the end that accepts.</summary>
    public ulong HelloSession { get; init; }

    /// <summary>What was dialled; null when the other side dialled.</summary>
    public DialTarget? Target { get; init; }

    public virtual bool IsDialled => Target is not null;

    /// <summary>Whether the peer is expected back when the link ends.</summary>
    public virtual bool IsAwaited => true;

    /// <summary>Whether the peer acknowledges each message.</summary>
    public virtual bool Acknowledges => true;

    public ILinkDriver Driver { get; set; } = null!;

    /// <summary>The other end, once it has spoken.</summary>
    public NodeInfo? Node { get; set; }

    /// <summary>
    /// The address of the other end: the one that was dialled, or the one from which the hello came and to which the
    /// welcome went. The address that a peer claims for itself does not count. Null for a stream.
    /// </summary>
    public FloodAddress? Address { get; init; }

    /// <summary>The same for people.</summary>
    public string Where => Address?.Text ?? Node?.Address ?? "";

    /// <summary>How many messages had left our log, as told to the peer; a lower bound.</summary>
    public long DroppedTold { get; set; }

    /// <summary>The peer's cursor, from coming up until the peer counts as disconnected.</summary>
    public PeerCursor? Cursor { get; set; }

    /// <summary>The link's pending demand for records.</summary>
    public LinkDemand? Demand { get; set; }

    /// <summary>When the link came up, by the local clock.</summary>
    public DateTimeOffset Since { get; set; }

    public bool WasUp => Since != default;

    public LinkPhase Phase { get; private set; }

    /// <summary>Why it ends; set when <see cref="Phase"/> is <see cref="LinkPhase.Ending"/>.</summary>
    public EndOfLink End { get; private set; }

    public bool IsUp => Phase == LinkPhase.Up;

    /// <summary>Dialled by the other side, and not up yet.</summary>
    public bool IsPending => !IsDialled && Phase is LinkPhase.Greeting or LinkPhase.Held;

    /// <summary>
    /// Whether it leads to exactly that node, which may have several addresses within its system. The incarnation alone
    /// proves nothing: it is sent with every message of the node, so anybody can claim it.
    /// </summary>
    public bool IsTo(NodeInfo node, FloodAddress address) =>
        Node?.Incarnation == node.Incarnation && address.SystemText == Address?.SystemText;

    public void Hold() => Move(LinkPhase.Held, Phase is LinkPhase.Greeting or LinkPhase.Held);

    public void Up() => Move(LinkPhase.Up, Phase is LinkPhase.Greeting or LinkPhase.Held);

    public void Ends(EndOfLink end)
    {
        Move(LinkPhase.Ending, Phase != LinkPhase.Ending);
        End = end;
    }

    /// <summary>Creates or finds the peer's cursor in the log.</summary>
    public virtual PeerCursor Connect(FloodState state, string peerId)
    {
        var cursor = state.Connect(peerId, Node!.Incarnation, IsDialled ? Node.DroppedHeard : DroppedTold);
        cursor.MaxMessageSize = Node.MaxMessageSize;
        cursor.Traffic.Window.Limit = FloodState.OrderLimit(Math.Min(state.Window, Node.Window));
        return cursor;
    }

    private void Move(LinkPhase to, bool allowed)
    {
        if (!allowed) throw new InvalidOperationException($"A link cannot go from {Phase} to {to}.");
        Phase = to;
    }
}

/// <summary>A link to a peer that is a stream of values.</summary>
internal sealed class StreamLink(StreamPeer stream) : Link
{
    public override bool IsDialled => stream.Dialled;

    public override bool IsAwaited => stream is { Remember: true, CatchUp: true };

    public override bool Acknowledges => false;

    public override PeerCursor Connect(FloodState state, string peerId) =>
        state.ConnectStream(peerId, Node!.Incarnation, stream);
}
