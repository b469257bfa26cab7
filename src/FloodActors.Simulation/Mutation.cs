using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Simulation;

/// <summary>
/// A bug planted into the simulated nodes, from outside the protocol. The tests plant one for each rule and show that
/// the simulator finds it: a rule whose bug it cannot find is not checked. The base class plants none.
/// </summary>
internal class Mutation
{
    public static Mutation None { get; } = new();

    /// <summary>The settings that the node gets, other than those that it should have.</summary>
    public virtual FloodSettings Settings(FloodSettings settings) => settings;

    public virtual SeenSet SeenSet(SeenSet seen) => seen;

    public virtual FloodRule Rule => FloodRule.Flood;

    /// <summary>Bytes of the largest frame that the node's transport carries, as the node is told.</summary>
    public virtual int TransportFrame(int bytes) => bytes;

    /// <summary>What a link sends instead of a message; null for nothing.</summary>
    public virtual LinkMessage? Rewrite(SimLink link, LinkMessage message) => message;

    /// <summary>The address at which a node believes the sender of a hello to be.</summary>
    public virtual string PathOf(INetworkEnd sender) => sender.Path;

    /// <summary>A node is about to decide on a link, or on the sender of a hello when there is no link yet.</summary>
    public virtual void Admitting(SimNode node, Link? link)
    {
    }

    /// <summary>A link is about to come up.</summary>
    public virtual void Opened(SimNode node, Link link)
    {
    }

    /// <summary>A link has ended, and its node is about to hear of it.</summary>
    public virtual void Ended(SimLink link)
    {
    }

    /// <summary>A link's driver is gone, and is about to release what it holds.</summary>
    public virtual void Disposing(SimLink link)
    {
    }

    /// <summary>Records are about to be handed to a link.</summary>
    public virtual void HandedOut(PeerCursor cursor, List<LinkRecord> records)
    {
    }

    /// <summary>A node's tick is about to begin.</summary>
    public virtual void Ticking(SimNode node)
    {
    }

    /// <summary>A link's tick is about to begin.</summary>
    public virtual void Ticking(SimLink link)
    {
    }

    /// <summary>An append was refused on the caller's side.</summary>
    public virtual void Refused(SimNode node)
    {
    }

    /// <summary>A node is about to take the appends in its queue.</summary>
    public virtual void TakingAppends(SimNode node)
    {
    }

    /// <summary>A node has been told to leave.</summary>
    public virtual void Leaving(SimNode node)
    {
    }

    /// <summary>A node has handled a piece of mail.</summary>
    public virtual void Stepped(SimNode node)
    {
    }

    /// <summary>A subscriber has been removed.</summary>
    public virtual void Unsubscribed(SimNode node, SimSubscriber subscriber)
    {
    }

    /// <summary>A waiting caller has been forgotten.</summary>
    public virtual void Forgot(SimNode node, SimAnswer answer)
    {
    }

    /// <summary>Whether links get their ticks.</summary>
    public virtual bool TicksLinks => true;
}
