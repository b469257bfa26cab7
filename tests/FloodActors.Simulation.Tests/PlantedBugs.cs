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
            cursor.Restart(node.Node.State.Log.Next);
        }
    }

    /// <summary>A late peer is brought level with the newest message first.</summary>
    public sealed class CatchesUpOutOfOrder : Mutation
    {
        public override void HandedOut(PeerCursor cursor, List<LinkRecord> records) =>
            Retell(records, RecordType.Offer, LinkRecord.ToldSize, ids => Enumerable.Reverse(ids));
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

    /// <summary>Each with the guarantee that it breaks.</summary>
    public static IReadOnlyList<(Func<Mutation> Plant, Guarantee Breaks)> All { get; } =
    [
        (() => new ForwardsToTheSender(), Guarantee.Cheap),
        (() => new MarksSeenTooLate(), Guarantee.Once),
        (() => new SkipsResends(), Guarantee.Alive),
        (() => new LosesTheCursorOnReconnect(), Guarantee.Everywhere),
        (() => new CatchesUpOutOfOrder(), Guarantee.InOrder),
        (() => new LetsLagGrow(), Guarantee.Bounded),
        (() => new ForgetsToReportSkips(), Guarantee.NothingSilent),
        (() => new ForgetsToCountDrops(), Guarantee.NothingSilent),
        (() => new KeepsDeadLinks(), Guarantee.Alive),
        (() => new DoesNotRedial(), Guarantee.Alive),
        (() => new TakesAppendsOutOfOrder(), Guarantee.InOrder),
        (() => new ForgetsRefusals(), Guarantee.NothingSilent),
        (() => new KeepsRefusalsToItself(), Guarantee.NothingSilent),
        (() => new NeverResumesAppends(), Guarantee.Alive),
        (() => new FlushesTooEarly(), Guarantee.NothingSilent),
        (() => new TakesLostForTaken(), Guarantee.NothingSilent),
        (() => new DoesNotNegotiateFrames(), Guarantee.Alive),
        (() => new DoesNotNegotiatePings(), Guarantee.Alive),
        (() => new KeepsReservedMemory(), Guarantee.Bounded),
        (() => new TellsTheUnsubscribed(), Guarantee.NothingSilent),
        (() => new RemembersWhoStoppedWaiting(), Guarantee.Bounded),
        (() => new LeavesWithoutFlushing(), Guarantee.NothingSilent),
        (() => new ClaimsToBeTheAuthor(), Guarantee.Once),
        (() => new BelievesHellos(), Guarantee.NothingSilent),
        (() => new SaysThatNothingIsGone(), Guarantee.NothingSilent),
        (() => new PostsRefusals(), Guarantee.Bounded),
        (() => new HoldsAppendsWithoutBound(), Guarantee.Bounded),
        (() => new ResumesAppendsAtTheTick(), Guarantee.Alive),
        (() => new IgnoresItsTransport(), Guarantee.Alive),
        (() => new NeverGivesAFrameUp(), Guarantee.Alive),
        (() => new TakesSlowForBroken(), Guarantee.Alive),
        (() => new ForgetsWhatLeftMeanwhile(), Guarantee.NothingSilent),
        (() => new TakesSkippedForTaken(), Guarantee.NothingSilent),
        (() => new DoesNotCountDialledLinks(), Guarantee.Bounded),
        (() => new CountsDeadAddresses(), Guarantee.Alive),
        (() => new RemembersWhoStoppedConnecting(), Guarantee.Bounded),
        (() => new LeavesWithoutAnswering(), Guarantee.NothingSilent),
        (() => new AsksTwice(), Guarantee.Once),
        (() => new ForgetsKeys(), Guarantee.Everywhere),
        (() => new ChangesVersions(), Guarantee.Everywhere),
        (() => new LastArrivedWins(), Guarantee.InOrder),
        (() => new OlderWins(), Guarantee.InOrder),
        (() => new ArrivalBreaksTies(), Guarantee.InOrder),
        (() => new TiesAreDuplicates(), Guarantee.Everywhere),
        (() => new ForgetsRemovals(), Guarantee.Everywhere),
        (() => new DoesNotCountForgottenRemovals(), Guarantee.NothingSilent),
        (() => new SendsRemovalsAsValues(), Guarantee.Everywhere),
        (() => new KeepsAllKeys(), Guarantee.Bounded),
        (() => new DoesNotValidateKeys(), Guarantee.NothingSilent),
        (() => new DoesNotValidateAppends(), Guarantee.NothingSilent),
        (() => new DoesNotValidatePeers(), Guarantee.NothingSilent),
        (() => new DoesNotTellSubscribersWhatWasSpared(), Guarantee.NothingSilent),
        (() => new CountsTheGivenAsSpared(), Guarantee.NothingSilent),
        (() => new TellsIdsOutOfOrder(), Guarantee.InOrder),
        (() => new TakesHeldBackEarly(), Guarantee.InOrder),
        (() => new NeverAsks(), Guarantee.Everywhere),
        (() => new AsksOnlyOnce(), Guarantee.Everywhere),
        (() => new DoesNotSayGone(), Guarantee.Everywhere),
        (() => new ForgetsWhatWasToBeTold(), Guarantee.Everywhere),
        (() => new PrunesIdsAsWell(), Guarantee.Everywhere),
        (() => new DoesNotCountWhatWaits(), Guarantee.Bounded),
    ];
}
