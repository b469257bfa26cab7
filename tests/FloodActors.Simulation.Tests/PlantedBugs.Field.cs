using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Simulation.Tests;

/// <summary>Bugs that the flood once had, and that people found in the field.</summary>
internal static partial class PlantedBugs
{
    /// <summary>Each refused append is mail for the node.</summary>
    public sealed class PostsRefusals : Mutation
    {
        public override void Refused(SimNode node) => node.Post(() => node.Node.TakeAppends(node.Time));
    }

    /// <summary>Appends that the node holds back do not count any more in the queue.</summary>
    public sealed class HoldsAppendsWithoutBound : Mutation
    {
        public override void TakingAppends(SimNode node)
        {
            if (node.Node.State.MustAppendsWait) (Insides.Count(node.Queue), Insides.Bytes(node.Queue)) = (0, 0);
        }
    }

    /// <summary>Appends that had to wait wait for the timer, too.</summary>
    public sealed class ResumesAppendsAtTheTick : Mutation
    {
        public override void Ticking(SimNode node) => Insides.AppendsHeld(node.Node) = node.Queue.Count > 0;

        public override void Stepped(SimNode node) => Insides.AppendsHeld(node.Node) = false;
    }

    /// <summary>A node does not know what its transport carries.</summary>
    public sealed class IgnoresItsTransport : Mutation
    {
        public override int TransportFrame(int bytes) => int.MaxValue;
    }

    /// <summary>A frame that cannot pass is sent for ever.</summary>
    public sealed class NeverGivesAFrameUp : Mutation
    {
        public override void Ticking(SimLink link) => Insides.Sends(link.State) = 1;
    }

    /// <summary>A repeated frame is answered, and not in a way that shows that it came.</summary>
    public sealed class TakesSlowForBroken : Mutation
    {
        public override LinkMessage Rewrite(SimLink link, LinkMessage message) =>
            message is Ack { Reason: AckReason.Repeated } ack
                ? new Ack(ack.Session, ack.Confirmed, AckReason.Due)
                : message;
    }

    /// <summary>What leaves the log between a node's hello and the link is told to nobody.</summary>
    public sealed class ForgetsWhatLeftMeanwhile : Mutation
    {
        private readonly HashSet<PeerCursor> _known = [];

        public override void Opened(SimNode node, Link link)
        {
            var cursor = link.Cursor!;
            if (!_known.Add(cursor)) return;
            node.Node.State.Counters.Skipped -= cursor.Skipped;
            cursor.NotGiven -= cursor.Skipped;
            cursor.Skipped = 0;
        }
    }

    /// <summary>A flush says that a peer has taken what it skipped.</summary>
    public sealed class TakesSkippedForTaken : Mutation
    {
        public override void Stepped(SimNode node)
        {
            foreach (var peer in node.Node.State.Peers) peer.NotGiven = peer.NotGivenTold;
        }
    }

    /// <summary>Links that the node dialled do not count.</summary>
    public sealed class DoesNotCountDialledLinks : Mutation
    {
        public override void Admitting(SimNode node, Link? link) =>
            Insides.Settings(Insides.Admission(node.Node)) =
                link is { IsDialled: true } ? node.Settings with { MaxPeers = int.MaxValue } : node.Settings;
    }

    /// <summary>Addresses that do not answer count as if they were linked.</summary>
    public sealed class CountsDeadAddresses : Mutation
    {
        public override void Admitting(SimNode node, Link? link)
        {
            var dead = Insides.Targets(node.Node).Count(target => target.Current is not { IsUp: true });
            Insides.Settings(Insides.Admission(node.Node)) =
                node.Settings with { MaxPeers = node.Settings.MaxPeers - dead };
        }
    }

    /// <summary>Somebody who stopped waiting for a peer stays with its address.</summary>
    public sealed class RemembersWhoStoppedConnecting : Mutation
    {
        public override void Forgot(SimNode node, SimAnswer answer)
        {
            if (answer is not IAnswer<ConnectResult> waiting) return;
            foreach (var target in Insides.Targets(node.Node).Take(1)) target.Waiting.Add(waiting);
        }
    }

    /// <summary>A node that leaves does not answer those who wait for peers.</summary>
    public sealed class LeavesWithoutAnswering : Mutation
    {
        public override void Leaving(SimNode node) => Insides.ForPeers(node.Node).Clear();
    }
}
