using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Simulation.Tests;

/// <summary>Bugs in routes: what is told, what waits, what is asked for and what is answered.</summary>
internal static partial class PlantedBugs
{
    /// <summary>Ids go before others that were first in the log.</summary>
    public sealed class TellsIdsOutOfOrder : Mutation
    {
        public override void HandedOut(PeerCursor cursor, List<LinkRecord> records) =>
            Retell(records, RecordType.Ids, LinkRecord.ToldSize, ids => Enumerable.Reverse(ids));
    }

    /// <summary>What waits for a message is taken without it.</summary>
    public sealed class TakesHeldBackEarly : Mutation
    {
        public override void Ticking(SimNode node)
        {
            foreach (var peer in node.Node.State.Peers)
            {
                if (!peer.Traffic.Inbox.TryPeek(out var batch) || !batch.Entries[batch.Next].TellsIds) continue;
                batch.NextId++;
            }
        }
    }

    /// <summary>Nobody is asked for a message that does not come, unless it was offered when a link came up.</summary>
    public sealed class NeverAsks : Mutation
    {
        private readonly HashSet<MessageId> _offered = [];

        public override void HandedOut(PeerCursor cursor, List<LinkRecord> records)
        {
            Retell(records, RecordType.Offer, LinkRecord.ToldSize, ids =>
            {
                foreach (var id in ids) _offered.Add(MessageId.Read(id));
                return ids;
            });
            Retell(records, RecordType.Want, MessageId.Size, ids =>
                ids.Where(id => _offered.Contains(MessageId.Read(id))));
        }
    }

    /// <summary>When an answer is lost, nobody else is asked.</summary>
    public sealed class AsksOnlyOnce : Mutation
    {
        private readonly Dictionary<PeerCursor, SimNode> _nodes = [];
        private readonly HashSet<(SimNode, MessageId)> _asked = [];

        public override void Opened(SimNode node, Link link) => _nodes[link.Cursor!] = node;

        public override void HandedOut(PeerCursor cursor, List<LinkRecord> records) =>
            Retell(records, RecordType.Want, MessageId.Size, ids =>
                ids.Where(id => _asked.Add((_nodes[cursor], MessageId.Read(id)))));
    }

    /// <summary>Whoever asks for what has left the log gets no answer.</summary>
    public sealed class DoesNotSayGone : Mutation
    {
        public override void HandedOut(PeerCursor cursor, List<LinkRecord> records) =>
            Retell(records, RecordType.Gone, MessageId.Size, _ => []);
    }

    /// <summary>What a peer was still to be told when its link was lost, it is not told over the next one.</summary>
    public sealed class ForgetsWhatWasToBeTold : Mutation
    {
        public override void Ended(SimLink link)
        {
            if (link.Record.Cursor is { Traffic.ToTell.Count: > 0 } cursor) cursor.Acked = cursor.Sent = cursor.Scanned;
        }
    }

    /// <summary>Whoever wants only the ids of an origin's messages is told nothing of them.</summary>
    public sealed class PrunesIdsAsWell : Mutation
    {
        public override void HandedOut(PeerCursor cursor, List<LinkRecord> records) =>
            Retell(records, RecordType.Ids, LinkRecord.ToldSize, _ => []);
    }

    /// <summary>What a peer has and has not taken is not counted.</summary>
    public sealed class DoesNotCountWhatWaits : Mutation
    {
        public override void HandedOut(PeerCursor cursor, List<LinkRecord> records) => cursor.Traffic.Window.Clear();
    }

    private static void Retell(
        List<LinkRecord> records, RecordType type, int size, Func<byte[][], IEnumerable<byte[]>> change)
    {
        for (var i = 0; i < records.Count; i++)
        {
            if (records[i].Type != type) continue;
            var told = change([.. records[i].Control.ToArray().Chunk(size)]);
            records[i] = records[i] with { Control = told.SelectMany(bytes => bytes).ToArray() };
        }
    }
}
