using Akka.Actor;
using FloodActors.Core;

namespace FloodActors.Peers;

/// <summary>A link of this node, from the first hello on.</summary>
internal sealed class Link(IActorRef child, ulong session, DialTarget? target)
{
    public IActorRef Child { get; } = child;

    public ulong Session { get; } = session;

    /// <summary>What was dialled; null when the other side dialled.</summary>
    public DialTarget? Target { get; } = target;

    public bool Dialled => Target is not null || Stream is { Dialled: true };

    /// <summary>What is known of the peer when it is a stream and not a node.</summary>
    public StreamPeer? Stream { get; init; }

    /// <summary>Whether the peer is expected back when the link ends.</summary>
    public bool IsAwaited => Stream is null or { Remember: true, CatchUp: true };

    /// <summary>The address of the system that dialled, as remoting knows it.</summary>
    public string From { get; init; } = "";

    /// <summary>The other end, once it has spoken.</summary>
    public NodeInfo? Node { get; set; }

    /// <summary>The peer's id, once the link is up.</summary>
    public PeerCursor? Cursor { get; set; }

    /// <summary>Waits for the outcome of the link that the other side dialled at the same time.</summary>
    public bool Held { get; set; }

    /// <summary>It was told to end, and why.</summary>
    public LinkEnded? Closing { get; set; }

    /// <summary>The link's question for records while it is unanswered.</summary>
    public LinkAsk? Ask { get; set; }

    /// <summary>When the link came up, by the local clock.</summary>
    public DateTimeOffset Since { get; set; }

    public bool IsUp => Cursor is not null && Closing is null;
}

/// <summary>An address to keep a link to.</summary>
internal sealed class DialTarget(string address, string? id)
{
    /// <summary>A path of the other flood's actor.</summary>
    public string Address { get; } = address;

    /// <summary>The id that the peer is to have here; null: its own name.</summary>
    public string? Id { get; } = id;

    /// <summary>The link being dialled or up.</summary>
    public Link? Current { get; set; }

    /// <summary>Links that failed since the last that came up.</summary>
    public int Attempts { get; set; }

    /// <summary>Milliseconds of the monotonic clock before which it is not dialled again.</summary>
    public long NotBefore { get; set; }

    /// <summary>The incarnation behind the address, when a link that the other side dialled serves already.</summary>
    public ulong ServedBy { get; set; }

    /// <summary>The last refusal that was reported.</summary>
    public LinkEnd? Reported { get; set; }

    /// <summary>Whether its silence was reported.</summary>
    public bool ReportedSilence { get; set; }

    /// <summary>Who waits for the first outcome.</summary>
    public List<IActorRef> Waiting { get; } = [];

    /// <summary>Tells all who wait.</summary>
    public void Answer(ConnectResult outcome)
    {
        foreach (var asker in Waiting) asker.Tell(outcome);
        Waiting.Clear();
    }
}

/// <summary>What to do with a link: let it up, refuse it, or let it wait; and which others it replaces.</summary>
internal sealed record Verdict(LinkEnd? Refuse, string Reason, bool Hold, Link? Replaces, LinkEnd ReplaceCause)
{
    public static Verdict Accept { get; } = new(null, "", false, null, default);

    public static Verdict Wait { get; } = new(null, "", true, null, default);

    public static Verdict No(LinkEnd cause, string reason) => new(cause, reason, false, null, default);

    public static Verdict Replace(Link old, LinkEnd cause) => new(null, "", false, old, cause);
}

/// <summary>
/// Which links may come up: exactly one between two nodes, none to itself, none between nodes that would misunderstand each other. Pure
/// decisions; both ends reach the same one.
/// </summary>
internal static class Admission
{
    /// <summary>On a hello, before an actor is made for it.</summary>
    public static Verdict OnHello(NodeInfo self, Hello hello, string peerId, IReadOnlyCollection<Link> links, int maxPeers)
    {
        if (hello.SpokenVersion != LinkMessage.Version)
            return Verdict.No(LinkEnd.Version, $"this node speaks version {LinkMessage.Version} of the link protocol, the dialler version {hello.SpokenVersion}: run the same FloodActors version on both");
        if (hello.Node.Incarnation == self.Incarnation) return Verdict.No(LinkEnd.Self, $"{self.NodeName} dialled itself");
        if (Mismatch(self, hello.Node) is { } mismatch) return mismatch;
        foreach (var link in links)
        {
            if (!link.IsUp) continue;
            // We dialled it and it is up here, so it will be there. Letting the other one up as well would only make us choose again.
            if (link.Dialled && link.Node!.Incarnation == hello.Node.Incarnation) return Verdict.No(LinkEnd.Duplicate, $"{self.NodeName} is linked with {hello.Node.NodeName} already");
            if (IsTaken(peerId, hello.Node, link)) return Taken(peerId, link);
        }
        return links.Count >= maxPeers ? Verdict.No(LinkEnd.TooManyPeers, $"{self.NodeName} has {links.Count} links already (flood.max-peers = {maxPeers})") : Verdict.Accept;
    }

    /// <summary>A peer that is a stream of values. There is no other end to agree with: a taken id stays with whoever has it.</summary>
    public static Verdict OnStream(NodeInfo self, string id, IReadOnlyCollection<Link> links, FloodSettings settings)
    {
        if (settings.MessageId == MessageIdMode.Sequence)
            return Verdict.No(LinkEnd.MessageIdMode, $"{self.NodeName} names messages by sequence, and a stream of values carries no names: its own messages would come back to it as new ones for ever; set flood.message-id = content");
        foreach (var link in links)
            if (link.IsUp && link.Cursor!.Id == id) return Verdict.No(LinkEnd.IdTaken, $"the peer id '{id}' is taken by {link.Node!.Address}: give each stream an id of its own");
        return links.Count >= settings.MaxPeers ? Verdict.No(LinkEnd.TooManyPeers, $"{self.NodeName} has {links.Count} links already (flood.max-peers = {settings.MaxPeers})") : Verdict.Accept;
    }

    /// <summary>When both ends have spoken.</summary>
    public static Verdict OnReady(NodeInfo self, Link candidate, string peerId, IReadOnlyCollection<Link> links)
    {
        var peer = candidate.Node!;
        if (peer.Incarnation == self.Incarnation) return Verdict.No(LinkEnd.Self, $"{self.NodeName} dialled itself");
        if (Mismatch(self, peer) is { } mismatch) return mismatch;

        foreach (var link in links)
        {
            if (ReferenceEquals(link, candidate) || !link.IsUp) continue;
            if (link.Node!.Incarnation == peer.Incarnation) return AgainstLinkToSameNode(self, candidate, link);
            if (IsTaken(peerId, peer, link)) return Taken(peerId, link);
            if (link.Cursor!.Id == peerId) return Verdict.Replace(link, LinkEnd.Restarted);
        }
        return candidate.Dialled && peer.Incarnation < self.Incarnation && IsBeingDialledBy(peer, links) ? Verdict.Wait : Verdict.Accept;
    }

    /// <summary>Not by its old self: the same name at the same place with another incarnation restarted before its old link was given up.</summary>
    private static bool IsTaken(string peerId, NodeInfo peer, Link link) =>
        link.Cursor!.Id == peerId && link.Node!.Incarnation != peer.Incarnation && (link.Node.NodeName != peer.NodeName || link.Node.Address != peer.Address);

    private static Verdict Taken(string peerId, Link link) =>
        Verdict.No(LinkEnd.IdTaken, $"the peer id '{peerId}' is taken by {link.Node!.Address}: give each node its own flood.node-name, or each dialled peer its own id");

    /// <summary>
    /// Two links to one node. Both dialled by the same side: it dials again because the first is dead over there. Dialled by both sides at
    /// once: the one dialled by the lower incarnation stays; but one that came up by the other side's word is up over there too, and stays.
    /// </summary>
    private static Verdict AgainstLinkToSameNode(NodeInfo self, Link candidate, Link up)
    {
        var duplicate = Verdict.No(LinkEnd.Duplicate, $"{self.NodeName} is linked with {up.Node!.NodeName} already");
        if (candidate.Dialled) return duplicate;
        if (!up.Dialled) return Verdict.Replace(up, LinkEnd.Duplicate);
        return up.Node.Incarnation < self.Incarnation ? Verdict.Replace(up, LinkEnd.Duplicate) : duplicate;
    }

    private static bool IsBeingDialledBy(NodeInfo peer, IReadOnlyCollection<Link> links)
    {
        foreach (var link in links)
            if (!link.Dialled && link.Closing is null && link.Cursor is null && link.Node?.Incarnation == peer.Incarnation) return true;
        return false;
    }

    private static Verdict? Mismatch(NodeInfo self, NodeInfo peer) => peer.IdMode == self.IdMode
        ? null
        : Verdict.No(LinkEnd.MessageIdMode, $"{self.NodeName} names messages by {ModeName(self.IdMode)}, {peer.NodeName} by {ModeName(peer.IdMode)}: give flood.message-id and flood.content-hash the same values on all nodes");

    /// <summary>How a node names messages, as one byte of its greeting.</summary>
    public static byte ModeOf(FloodSettings settings) => settings.MessageId == MessageIdMode.Sequence ? (byte)0 : (byte)(1 + (byte)settings.ContentHash);

    private static string ModeName(byte mode) => mode switch
    {
        0 => "sequence",
        1 => "content (xxhash128)",
        2 => "content (sha256)",
        _ => $"an unknown mode ({mode})",
    };
}
