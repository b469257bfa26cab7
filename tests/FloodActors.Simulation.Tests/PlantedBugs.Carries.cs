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
