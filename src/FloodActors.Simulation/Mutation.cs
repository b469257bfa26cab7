using FloodActors.Core;
using FloodActors.Links;

namespace FloodActors.Simulation;

/// <summary>
/// A bug planted into the simulated nodes, from outside of the core. The tests plant one for each guarantee and show that the simulator
/// finds it: what it cannot find, it does not check. The base class plants none.
/// </summary>
internal class Mutation
{
    public static Mutation None { get; } = new();

    /// <summary>The settings that the node's state gets, other than those that it should have.</summary>
    public virtual FloodSettings Settings(FloodSettings settings) => settings;

    public virtual SeenSet SeenSet(SeenSet seen) => seen;

    public virtual FloodRule Rule => FloodRule.Flood;

    /// <summary>Whether a link message is not sent although it should be.</summary>
    public virtual bool Swallows(SimLink link, LinkMessage message) => false;

    /// <summary>A link came up. <paramref name="known"/>: the peer's cursor was kept.</summary>
    public virtual void Connected(FloodState state, PeerCursor cursor, bool known)
    {
    }

    /// <summary>Records are about to be handed to a link.</summary>
    public virtual void HandedOut(PeerCursor cursor, List<LinkRecord> records)
    {
    }

    /// <summary>A node's tick is about to begin.</summary>
    public virtual void Ticking(FloodState state)
    {
    }

    /// <summary>Whether links get their ticks.</summary>
    public virtual bool TicksLinks => true;

    /// <summary>Whether lost peers are dialled again.</summary>
    public virtual bool Redials => true;
}
