using FloodActors.Core;
using FloodActors.Wire;

namespace FloodActors.Simulation.Tests;

/// <summary>Bugs in what becomes of a message because of what it carries.</summary>
internal static partial class PlantedBugs
{
    /// <summary>What is due to a peer is forgotten now and then.</summary>
    public sealed class ForgetsKeys : Mutation
    {
        public override void Ticking(SimNode node)
        {
            foreach (var peer in node.Node.State.Peers) peer.Due?.Clear();
        }
    }

    /// <summary>A value of a key that is on its way gets the version of a later one.</summary>
    public sealed class ChangesVersions : Mutation
    {
        public override void HandedOut(PeerCursor cursor, List<LinkRecord> records)
        {
            for (var i = 0; i < records.Count; i++)
            {
                if (records[i].Message is not { HasKey: true } message) continue;
                var header = (byte[])message.Header!.Clone();
                MessageHeader.SetVersion(header, MessageHeader.VersionOf(header, out _) ^ 0xFFF);
                records[i] = new LinkRecord(new FloodMessage(
                    message.Id, message.Kind, message.Body, message.Author, message.Position, message.ReceivedTicks,
                    message.From, message.Hops, null) { Header = header });
            }
        }
    }

    /// <summary>Of two values of a key the one that arrives later wins, whichever is older.</summary>
    public sealed class LastArrivedWins : Mutation
    {
        public override FloodRule Rule { get; } = new Deciding((version, _, present) => version != present.Version);
    }

    /// <summary>The older value wins.</summary>
    public sealed class OlderWins : Mutation
    {
        public override FloodRule Rule { get; } = new Deciding((version, _, present) => version < present.Version);
    }

    /// <summary>Of two values with the same version the one that arrives later wins.</summary>
    public sealed class ArrivalBreaksTies : Mutation
    {
        public override FloodRule Rule { get; } = new Deciding((version, incarnation, present) =>
            version > present.Version || (version == present.Version && !present.IsAt(version, incarnation)));
    }

    /// <summary>Of two values with the same version the one that arrives first stays.</summary>
    public sealed class TiesAreDuplicates : Mutation
    {
        public override FloodRule Rule { get; } = new Deciding((version, _, present) => version > present.Version);
    }

    private sealed class Deciding(Func<long, ulong, KeyEntry, bool> isNewer) : FloodRule
    {
        public override bool ShouldSend(FloodMessage message, PeerCursor peer, bool peerHasIt) => !peerHasIt;

        public override bool IsNewer(long version, ulong incarnation, KeyEntry present) =>
            isNewer(version, incarnation, present);
    }

    /// <summary>A removal is forgotten although there is room for it.</summary>
    public sealed class ForgetsRemovals : Mutation
    {
        public override void Ticking(SimNode node)
        {
            foreach (var entry in node.Node.State.Keys.Where(entry => entry.IsRemoved).ToList())
                Insides.ForgetRemoval(node.Node.State, entry);
        }
    }

    /// <summary>A removal is forgotten, and not counted.</summary>
    public sealed class DoesNotCountForgottenRemovals : Mutation
    {
        public override void Stepped(SimNode node) => node.Node.State.Counters.RemovalsForgotten = 0;
    }

    /// <summary>A removal travels as an empty value.</summary>
    public sealed class SendsRemovalsAsValues : Mutation
    {
        public override void HandedOut(PeerCursor cursor, List<LinkRecord> records)
        {
            for (var i = 0; i < records.Count; i++)
            {
                if (records[i].Message is not { IsRemoval: true } message) continue;
                var header = (byte[])message.Header!.Clone();
                header[^1] = 0; // the last byte of the version, which is the last field
                records[i] = new LinkRecord(new FloodMessage(
                    message.Id, message.Kind, message.Body, message.Author, message.Position, message.ReceivedTicks,
                    message.From, message.Hops, null) { Header = header });
            }
        }
    }

    /// <summary>There is no bound on keys.</summary>
    public sealed class KeepsAllKeys : Mutation
    {
        public override FloodSettings Settings(FloodSettings settings) =>
            settings with { KeysMaxCount = int.MaxValue, KeysMaxBytes = long.MaxValue };
    }

    /// <summary>The validator is not asked about values of keys.</summary>
    public sealed class DoesNotValidateKeys : Mutation
    {
        public override FloodSettings Settings(FloodSettings settings) =>
            Partial.Of(settings, static (in FloodCandidate candidate) => candidate.Key is null);
    }

    /// <summary>The validator is not asked about what is appended on the node itself.</summary>
    public sealed class DoesNotValidateAppends : Mutation
    {
        public override FloodSettings Settings(FloodSettings settings) =>
            Partial.Of(settings, static (in FloodCandidate candidate) => candidate.Peer is not null);
    }

    /// <summary>The validator is not asked about messages from peers.</summary>
    public sealed class DoesNotValidatePeers : Mutation
    {
        public override FloodSettings Settings(FloodSettings settings) => Partial.Of(
            settings, static (in FloodCandidate candidate) => candidate.Peer is null || candidate.Key is not null);
    }

    private delegate bool Filter(in FloodCandidate candidate);

    private sealed class Partial(IFloodValidator validator, Filter isAsked) : IFloodValidator
    {
        public static FloodSettings Of(FloodSettings settings, Filter isAsked) =>
            settings.Validator is null
                ? settings : settings with { Validator = new Partial(settings.Validator, isAsked) };

        public FloodVerdict Check(in FloodCandidate candidate) =>
            isAsked(candidate) ? validator.Check(candidate) : FloodVerdict.Accept;
    }

    /// <summary>A subscriber is not told what it was spared.</summary>
    public sealed class DoesNotTellSubscribersWhatWasSpared : Mutation
    {
        public override void Ticking(SimNode node)
        {
            foreach (var listener in Insides.Listeners(node.Node.State))
                if (listener.Due is { } due) due.Spared = 0;
        }
    }

    /// <summary>What a peer still has to get is counted as spared when it is handed over.</summary>
    public sealed class CountsTheGivenAsSpared : Mutation
    {
        public override void HandedOut(PeerCursor cursor, List<LinkRecord> records)
        {
            foreach (var record in records)
                if (record.Message is { HasKey: true }) Insides.SparedEver(cursor.Due!)++;
        }
    }

    /// <summary>What was refused is not remembered, and is asked about again.</summary>
    public sealed class AsksTwice : Mutation
    {
        public override SeenSet SeenSet(SeenSet seen) => new Forgetful(seen);

        private sealed class Forgetful(SeenSet seen) : SeenSet
        {
            public override int Count => seen.Count;

            public override SeenResult TryAdd(in MessageId id, long position, long now, out long known) =>
                TryAdd(id, position, now, NoBringer, out known);

            public override SeenResult TryAdd(in MessageId id, long position, long now, int bringer, out long known)
            {
                known = NoPosition;
                return position == NoPosition ? SeenResult.New : seen.TryAdd(id, position, now, bringer, out known);
            }

            public override void Disown(int bringer) => seen.Disown(bringer);

            public override bool Contains(in MessageId id, long now, out long known) =>
                seen.Contains(id, now, out known);

            public override void LeftLog(in MessageId id) => seen.LeftLog(id);
        }
    }
}
