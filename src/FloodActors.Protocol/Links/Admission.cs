using FloodActors.Wire;

namespace FloodActors.Links;

/// <summary>What to do with a link: admit it, refuse it, or let it wait; and which other link it replaces.</summary>
internal readonly record struct Verdict(EndOfLink? Refuse, bool Hold, Link? Replaces, LinkEnd ReplaceCause)
{
    public static Verdict Accept { get; } = new(null, false, null, default);

    public static Verdict Wait { get; } = new(null, true, null, default);

    public static Verdict No(LinkEnd cause, string reason) => new(new EndOfLink(cause, reason), false, null, default);

    public static Verdict Replace(Link old, LinkEnd cause) => new(null, false, old, cause);
}

/// <summary>
/// Which links may come up: exactly one between two nodes, none to itself, none between nodes that would misunderstand
/// each other. Pure decisions; both ends reach the same result.
/// </summary>
internal sealed class Admission(
    NodeInfo self, FloodSettings settings, IReadOnlyList<Link> links, IReadOnlyList<DialTarget> targets)
{
    /// <summary>The id that a peer has here: the id given when it was dialled, else its own name.</summary>
    public string IdOf(NodeInfo peer, FloodAddress address, DialTarget? dialled = null)
    {
        if (dialled?.Id is { } given) return given;
        foreach (var target in targets)
            if (target.Id is not null && target.Address.Equals(address)) return target.Id;
        return peer.NodeName;
    }

    /// <summary>Decides on a hello, before anything is created for it.</summary>
    public Verdict OnHello(Hello hello, FloodAddress address)
    {
        var peer = hello.Node;
        if (peer.Incarnation == self.Incarnation) return Verdict.No(LinkEnd.Self, $"{self.NodeName} dialled itself");
        if (Mismatch(peer) is { } mismatch) return mismatch;
        var peerId = IdOf(peer, address);
        if (IsReserved(peerId, address) is { } reserved) return reserved;
        var (up, pending) = (0, 0);
        foreach (var link in links)
        {
            if (link.IsPending) pending++;
            if (!link.IsUp) continue;
            up++;
            // The link that we dialled is up here, so it will be up there, too. A second one would only have
            // to be ended again.
            if (link.IsDialled && link.IsTo(peer, address))
                return Verdict.No(LinkEnd.Duplicate, $"{self.NodeName} is linked with {peer.NodeName} already");
            if (IsTaken(peerId, peer, address, link)) return Taken(peerId, link);
        }
        if (up >= settings.MaxPeers) return TooMany();
        return pending >= settings.MaxPendingLinks
            ? Verdict.No(
                LinkEnd.TooManyPeers,
                $"{pending} links wait to come up at {self.NodeName} already (flood.max-pending-links)")
            : Verdict.Accept;
    }

    /// <summary>
    /// Decides on a stream of values. There is no node at its other end to agree with: if its id is taken, it is
    /// refused.
    /// </summary>
    public Verdict OnStream(string id)
    {
        if (settings.MessageId == MessageIdMode.Sequence)
        {
            return Verdict.No(
                LinkEnd.MessageIdMode,
                $"{self.NodeName} names messages by sequence, and a stream of values carries no names: "
                + "its own messages would come back to it as new ones for ever; set flood.message-id = content");
        }
        var up = 0;
        foreach (var link in links)
        {
            if (!link.IsUp) continue;
            up++;
            if (link.Cursor!.Id == id)
                return Verdict.No(
                    LinkEnd.IdTaken, $"the peer id '{id}' is taken by {link.Where}: give each stream an id of its own");
        }
        return up >= settings.MaxPeers ? TooMany() : Verdict.Accept;
    }

    /// <summary>Decides when both ends have spoken.</summary>
    public Verdict OnReady(Link candidate, string peerId)
    {
        var peer = candidate.Node!;
        if (peer.Incarnation == self.Incarnation) return Verdict.No(LinkEnd.Self, $"{self.NodeName} dialled itself");
        if (Mismatch(peer) is { } mismatch) return mismatch;
        if (IsReserved(peerId, candidate.Address!) is { } reserved) return reserved;

        var up = 0;
        foreach (var link in links)
        {
            if (ReferenceEquals(link, candidate) || !link.IsUp) continue;
            up++;
            if (link.IsTo(peer, candidate.Address!)) return AgainstLinkToSameNode(candidate, link);
            if (IsTaken(peerId, peer, candidate.Address!, link)) return Taken(peerId, link);
            if (link.Cursor!.Id == peerId) return Verdict.Replace(link, LinkEnd.Restarted);
        }
        if (candidate.IsDialled && peer.Incarnation < self.Incarnation && IsBeingDialledBy(candidate))
            return Verdict.Wait;
        return up >= settings.MaxPeers ? TooMany() : Verdict.Accept;
    }

    /// <summary>Refuses an id that was given to a peer at another address.</summary>
    private Verdict? IsReserved(string peerId, FloodAddress address)
    {
        foreach (var target in targets)
        {
            if (target.Id == peerId && !target.Address.Equals(address))
                return Verdict.No(
                    LinkEnd.IdTaken,
                    $"the peer id '{peerId}' was given to {target.Address}: give each node its own flood.node-name");
        }
        return null;
    }

    /// <summary>
    /// Whether a link to another node has the id. A link to the same name at the same address does not count: that node
    /// has restarted before its old link was ended.
    /// </summary>
    private static bool IsTaken(string peerId, NodeInfo peer, FloodAddress address, Link link) =>
        link.Cursor!.Id == peerId && (link.Node!.NodeName != peer.NodeName || !address.Equals(link.Address));

    private static Verdict Taken(string peerId, Link link) =>
        Verdict.No(
            LinkEnd.IdTaken,
            $"the peer id '{peerId}' is taken by {link.Where}: give each node its own flood.node-name, "
            + "or each dialled peer its own id");

    private Verdict TooMany() =>
        Verdict.No(LinkEnd.TooManyPeers, $"{self.NodeName} has {settings.MaxPeers} links already (flood.max-peers)");

    /// <summary>
    /// There are two links to one node. If one side dialled both, it dials again because the first is dead at its end:
    /// the newer one stays. If both sides dialled, the link that the lower incarnation dialled stays, unless the other
    /// side has admitted the other link: that one is up there, and stays.
    /// </summary>
    private Verdict AgainstLinkToSameNode(Link candidate, Link up)
    {
        var duplicate = Verdict.No(LinkEnd.Duplicate, $"{self.NodeName} is linked with {up.Node!.NodeName} already");
        // At another address of that system it may be any node.
        if (candidate.IsDialled || !candidate.Address!.Equals(up.Address)) return duplicate;
        if (!up.IsDialled) return Verdict.Replace(up, LinkEnd.Duplicate);
        return up.Node.Incarnation < self.Incarnation ? Verdict.Replace(up, LinkEnd.Duplicate) : duplicate;
    }

    private bool IsBeingDialledBy(Link candidate)
    {
        foreach (var link in links)
            if (link.IsPending && link.IsTo(candidate.Node!, candidate.Address!)) return true;
        return false;
    }

    private Verdict? Mismatch(NodeInfo peer) => peer.IdMode == self.IdMode
        ? null
        : Verdict.No(
            LinkEnd.MessageIdMode,
            $"{self.NodeName} names messages by {ModeName(self.IdMode)}, {peer.NodeName} by {ModeName(peer.IdMode)}: "
            + "give flood.message-id and flood.content-hash the same values on all nodes");

    /// <summary>How a node names messages, as one byte of its greeting.</summary>
    public static byte ModeOf(FloodSettings settings) =>
        settings.MessageId == MessageIdMode.Sequence ? (byte)0 : (byte)(1 + (byte)settings.ContentHash);

    private static string ModeName(byte mode) => mode switch
    {
        0 => "sequence",
        1 => "content (xxhash128)",
        2 => "content (sha256)",
        _ => $"an unknown mode ({mode})",
    };
}
