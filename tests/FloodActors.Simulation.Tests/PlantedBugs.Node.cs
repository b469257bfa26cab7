using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Simulation.Tests;

/// <summary>Bugs in what a node does for its users, and in what two nodes agree on.</summary>
internal static partial class PlantedBugs
{
    /// <summary>The queue hands its appends over newest first.</summary>
    public sealed class TakesAppendsOutOfOrder : Mutation
    {
        public override void TakingAppends(SimNode node) => Insides.Added(node.Queue).Reverse();
    }

    /// <summary>Refused appends are not counted.</summary>
    public sealed class ForgetsRefusals : Mutation
    {
        public override void TakingAppends(SimNode node) => Array.Clear(Insides.Counts(node.Refusals));
    }

    /// <summary>Refused appends are counted, and nobody is told.</summary>
    public sealed class KeepsRefusalsToItself : Mutation
    {
        public override void TakingAppends(SimNode node) =>
            Insides.Counts(node.Refusals).CopyTo(Insides.Told(node.Refusals), 0);
    }

    /// <summary>Appends that had to wait are not taken when they no longer have to.</summary>
    public sealed class NeverResumesAppends : Mutation
    {
        public override void Stepped(SimNode node) => Insides.AppendsHeld(node.Node) = false;
    }

    /// <summary>A flush is answered at once.</summary>
    public sealed class FlushesTooEarly : Mutation
    {
        public override void Stepped(SimNode node)
        {
            foreach (var row in Insides.Flushes(node.Node))
                foreach (var peer in Insides.PeersOf(row)) peer.End(FlushOutcome.Taken);
        }
    }

    /// <summary>A peer whose link was lost is said to have everything.</summary>
    public sealed class TakesLostForTaken : Mutation
    {
        public override void Ended(SimLink link)
        {
            foreach (var row in Insides.Flushes(link.Owner.Node))
            {
                foreach (var peer in Insides.PeersOf(row))
                    if (ReferenceEquals(peer.Cursor, link.Record.Cursor)) peer.End(FlushOutcome.Taken);
            }
        }
    }

    /// <summary>What a node says of the frames it takes is not heeded.</summary>
    public sealed class DoesNotNegotiateFrames : Mutation
    {
        public override LinkMessage Rewrite(SimLink link, LinkMessage message) =>
            Retold(message, node => node with { MaxFrame = 64_000, Window = Math.Max(64_000, node.Window) });
    }

    /// <summary>What a node says of how long it waits is not heeded.</summary>
    public sealed class DoesNotNegotiatePings : Mutation
    {
        public override LinkMessage Rewrite(SimLink link, LinkMessage message) =>
            Retold(message, node => node with { PeerTimeoutMs = 600_000 });
    }

    /// <summary>A node says that its log has all it ever had, and takes the other side to know better.</summary>
    public sealed class SaysThatNothingIsGone : Mutation
    {
        public override LinkMessage Rewrite(SimLink link, LinkMessage message) =>
            Retold(message, node => node with { Dropped = 0, DroppedHeard = long.MaxValue });
    }

    /// <summary>Room for an unfinished message is not given back when the link is gone.</summary>
    public sealed class KeepsReservedMemory : Mutation
    {
        private readonly Dictionary<SimLink, int> _reserved = [];

        public override void Stepped(SimNode node)
        {
            foreach (var link in node.Links.OfType<SimLink>()) _reserved[link] = Insides.Reserved(link.State);
        }

        public override void Disposing(SimLink link)
        {
            if (_reserved.GetValueOrDefault(link) > 0) link.Owner.Node.Memory.TryReserve(_reserved[link]);
        }
    }

    /// <summary>Somebody who unsubscribed is told on.</summary>
    public sealed class TellsTheUnsubscribed : Mutation
    {
        public override void Unsubscribed(SimNode node, SimSubscriber subscriber)
        {
            Insides.Subscribers(node.Node).Add(subscriber.Subscriber);
            Insides.Listeners(node.Node.State).Add(subscriber.Subscriber.Cursor);
        }
    }

    /// <summary>Somebody who stopped waiting stays in the books.</summary>
    public sealed class RemembersWhoStoppedWaiting : Mutation
    {
        public override void Forgot(SimNode node, SimAnswer answer)
        {
            if (answer is IAnswer<bool> waiting) Insides.ForPeers(node.Node).Add((int.MaxValue, waiting));
        }
    }

    /// <summary>A node that leaves does not give its peers what they have still to get.</summary>
    public sealed class LeavesWithoutFlushing : Mutation
    {
        public override void Leaving(SimNode node)
        {
            if (node.Node.IsOver) return;
            Insides.GoodbyeBy(node.Node) = 0;
            Insides.ContinueLeaving(node.Node);
        }
    }

    /// <summary>A relay puts its own name to what it passes on.</summary>
    public sealed class ClaimsToBeTheAuthor : Mutation
    {
        public override void HandedOut(PeerCursor cursor, List<LinkRecord> records)
        {
            foreach (var record in records)
                if (record.Message is { IsOwn: false } message)
                    Insides.Author(message) = new Origin(message.Author.Incarnation, "somebody", "");
        }
    }

    /// <summary>Who says hello is believed to be where it says.</summary>
    public sealed class BelievesHellos : Mutation
    {
        public override string PathOf(INetworkEnd sender) =>
            sender is SimImpostor { Claims: var claimed } ? claimed : sender.Path;
    }

    private static LinkMessage Retold(LinkMessage message, Func<NodeInfo, NodeInfo> change) => message switch
    {
        Hello hello => new Hello(hello.Session, hello.SpokenVersion, change(hello.Node)),
        Welcome welcome => new Welcome(welcome.Session, welcome.OwnSession, change(welcome.Node)),
        _ => message,
    };
}
