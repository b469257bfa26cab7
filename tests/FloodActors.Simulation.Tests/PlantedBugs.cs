using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Simulation.Tests;

/// <summary>Bugs as people make them, one or more for each guarantee.</summary>
internal static partial class PlantedBugs
{
    /// <summary>A message goes back to the one it came from.</summary>
    public sealed class ForwardsToTheSender : Mutation
    {
        public override FloodRule Rule { get; } = new ToEveryone();

        private sealed class ToEveryone : FloodRule
        {
            public override bool ShouldSend(FloodMessage message, PeerCursor peer, bool peerHasIt) =>
                !peerHasIt || message.From == peer.Id;
        }
    }

    /// <summary>A message counts as seen only when it comes for the second time.</summary>
    public sealed class MarksSeenTooLate : Mutation
    {
        public override SeenSet SeenSet(SeenSet seen) => new Late(seen);

        private sealed class Late(SeenSet seen) : SeenSet
        {
            private readonly HashSet<MessageId> _once = [];

            public override int Count => seen.Count;

            public override SeenResult TryAdd(in MessageId id, long position, long now, out long known)
            {
                known = NoPosition;
                return _once.Add(id) ? SeenResult.New : seen.TryAdd(id, position, now, out known);
            }

            public override bool Contains(in MessageId id, long now, out long known) =>
                seen.Contains(id, now, out known);

            public override void LeftLog(in MessageId id) => seen.LeftLog(id);
        }
    }

    /// <summary>What was lost is not sent again.</summary>
    public sealed class SkipsResends : Mutation
    {
        public override LinkMessage? Rewrite(SimLink link, LinkMessage message) =>
            message is Frame frame && frame.Seq <= link.HighestSent ? null : message;
    }

    /// <summary>A peer that comes back is taken to have everything.</summary>
    public sealed class LosesTheCursorOnReconnect : Mutation
    {
        private readonly HashSet<PeerCursor> _known = [];

        public override void Opened(SimNode node, Link link)
        {
            if (_known.Add(link.Cursor!)) return;
            var cursor = link.Cursor!;
            cursor.Acked = cursor.Sent = cursor.Handed = cursor.Offered = cursor.Answered = cursor.OfferEnd =
                node.Node.State.Log.Next;
        }
    }

    /// <summary>A late peer is brought level with the newest message first.</summary>
    public sealed class CatchesUpOutOfOrder : Mutation
    {
        public override void HandedOut(PeerCursor cursor, List<LinkRecord> records)
        {
            if (records.Exists(record => record.Message?.Position < cursor.OfferEnd)) records.Reverse();
        }
    }

    /// <summary>Nothing is skipped, however far a peer is behind.</summary>
    public sealed class LetsLagGrow : Mutation
    {
        public override FloodSettings Settings(FloodSettings settings) => settings with { MaxLag = long.MaxValue };
    }

    /// <summary>What was skipped is not reported.</summary>
    public sealed class ForgetsToReportSkips : Mutation
    {
        public override void Ticking(SimNode node)
        {
            foreach (var peer in node.Node.State.Peers) peer.Skipped = 0;
        }
    }

    /// <summary>A message that was dropped is not counted.</summary>
    public sealed class ForgetsToCountDrops : Mutation
    {
        public override void Ticking(SimNode node) => node.Node.State.Counters.Dropped = 0;
    }

    /// <summary>Silence is not noticed.</summary>
    public sealed class KeepsDeadLinks : Mutation
    {
        public override bool TicksLinks => false;
    }

    /// <summary>A lost peer is not dialled again.</summary>
    public sealed class DoesNotRedial : Mutation
    {
        public override void Ticking(SimNode node)
        {
            foreach (var target in Insides.Targets(node.Node)) target.NotBefore = long.MaxValue;
        }
    }

    /// <summary>
    /// Each with the guarantee that it breaks and the first seed that shows it, found by trying seeds from 1 on.
    /// </summary>
    public static IReadOnlyList<(Func<Mutation> Plant, Guarantee Breaks, ulong Seed)> All { get; } =
    [
        (() => new ForwardsToTheSender(), Guarantee.Cheap, 1),
        (() => new AsksTwice(), Guarantee.Once, 4),
        (() => new ForgetsKeys(), Guarantee.Everywhere, 9),
        (() => new ChangesVersions(), Guarantee.Everywhere, 9),
        (() => new MarksSeenTooLate(), Guarantee.Once, 1),
        (() => new SkipsResends(), Guarantee.Alive, 2),
        (() => new LosesTheCursorOnReconnect(), Guarantee.Everywhere, 8),
        (() => new CatchesUpOutOfOrder(), Guarantee.InOrder, 1),
        (() => new LetsLagGrow(), Guarantee.Bounded, 2),
        (() => new ForgetsToReportSkips(), Guarantee.NothingSilent, 6),
        (() => new ForgetsToCountDrops(), Guarantee.NothingSilent, 1),
        (() => new KeepsDeadLinks(), Guarantee.Alive, 1),
        (() => new DoesNotRedial(), Guarantee.Alive, 3),
        (() => new TakesAppendsOutOfOrder(), Guarantee.InOrder, 4),
        (() => new ForgetsRefusals(), Guarantee.NothingSilent, 2),
        (() => new KeepsRefusalsToItself(), Guarantee.NothingSilent, 2),
        (() => new NeverResumesAppends(), Guarantee.Alive, 4),
        (() => new FlushesTooEarly(), Guarantee.NothingSilent, 7),
        (() => new TakesLostForTaken(), Guarantee.NothingSilent, 100),
        (() => new DoesNotNegotiateFrames(), Guarantee.Alive, 4),
        (() => new DoesNotNegotiatePings(), Guarantee.Alive, 2),
        (() => new KeepsReservedMemory(), Guarantee.NothingSilent, 15),
        (() => new TellsTheUnsubscribed(), Guarantee.NothingSilent, 2),
        (() => new RemembersWhoStoppedWaiting(), Guarantee.Bounded, 7),
        (() => new LeavesWithoutFlushing(), Guarantee.NothingSilent, 5),
        (() => new ClaimsToBeTheAuthor(), Guarantee.Once, 1),
        (() => new BelievesHellos(), Guarantee.NothingSilent, 15),
        (() => new SaysThatNothingIsGone(), Guarantee.NothingSilent, 1),
    ];
}
