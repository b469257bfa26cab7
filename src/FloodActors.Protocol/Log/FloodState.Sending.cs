using System.Buffers.Binary;
using System.Numerics;
using FloodActors.Wire;
using Id = FloodActors.MessageId;

namespace FloodActors.Core;

/// <summary>
/// Sending to peers: the log in its order, each message as itself or by its id, as <see cref="Routes"/> decides. Ids
/// are batched for a while. When a message follows them on the same link, they are sent before it.
/// </summary>
internal sealed partial class FloodState
{
    /// <summary>
    /// How long ids are batched. Meanwhile the peer may show that it has the messages, and then their ids need not be
    /// told.
    /// </summary>
    internal const long GatherMs = 100;

    private long _tellAt = long.MaxValue;

    /// <summary>When <see cref="Tick"/> has something to do that cannot wait for the next usual one.</summary>
    public long WakeAt => Math.Min(_tellAt, _missing.AskAt);

    /// <summary>Somebody waits for peers to have everything: ids are told at once.</summary>
    public void TellAll()
    {
        _tellAt = long.MaxValue;
        foreach (var peer in _peers)
            peer.Traffic.MustTell |= peer.Traffic.ToTell.Count > 0 || peer.Traffic.PrunesDue.Count > 0;
    }

    /// <summary>
    /// Hands out what the peer is to be sent next, at most <see cref="PeerCursor.Room"/> bytes but at least one message
    /// if there is any; then the room counts as used up. Returns whether anything was handed out. Messages that need no
    /// sending are passed over at once.
    /// </summary>
    public bool Pull(PeerCursor peer, List<LinkRecord> into)
    {
        if (peer.Room <= 0 || !peer.Connected) return false;
        var start = into.Count;
        var room = (long)peer.Room;
        if (!peer.IsStream)
        {
            SayRoutes(peer.Traffic.GraftsDue, RecordType.Graft, into, ref room);
            SayIds(peer.Traffic.WantsDue, RecordType.Want, into, ref room);
            Answer(peer, into, ref room);
            SayIds(peer.Traffic.GoneDue, RecordType.Gone, into, ref room);
        }
        var keys = into.Count;
        room -= PullKeys(peer, into);
        keys = into.Count - keys;
        GiveLog(peer, into, ref room);
        if (peer.Traffic.PrunesDue.Count > 0 && (peer.Traffic.MustTell || into.Count > start))
            SayRoutes(peer.Traffic.PrunesDue, RecordType.Prune, into, ref room);
        peer.Traffic.MustTell &= peer.Traffic.ToTell.Count > 0;

        var underWay = peer.Acked < peer.Handed;
        peer.Sent = peer.Traffic.ToTell.Count > 0 ? peer.Traffic.ToTell[0] : peer.Scanned;
        if (into.Count == start)
        {
            if (!underWay) peer.Acked = peer.Sent;
            return false;
        }
        if (peer.Sent > peer.Handed) peer.Traffic.Window.Hand(peer.Sent);
        peer.Handed = peer.Sent;
        if (keys > 0) peer.Due!.HandedOver(peer.Handed, KeyChanges);
        peer.Room = 0;
        return true;
    }

    private void GiveLog(PeerCursor peer, List<LinkRecord> into, ref long room)
    {
        var position = Math.Max(peer.Scanned, Log.First);
        for (; position < Log.Next && room > 0 && peer.Traffic.Window.HasRoom; position++)
        {
            var message = Log[position];
            if (!_rule.ShouldSend(message, peer, Log.IsKnown(position, peer.Slot)) || !Fits(message, peer)) continue;
            if (IsTold(position, peer))
            {
                peer.Traffic.ToTell.Add(position);
                if (peer.Traffic.ToTell.Count == LinkRecord.MaxIds) TellIds(peer, into, ref room);
                continue;
            }
            if (peer.Traffic.ToTell.Count > 0) TellIds(peer, into, ref room);
            Give(new LinkRecord(message), peer, into, ref room);
            peer.Traffic.Window.Give(OrderWindow.WeightOf(message));
        }
        peer.Scanned = position;
        if (peer.Traffic.ToTell.Count == 0) return;
        if (peer.Traffic.MustTell || peer.Traffic.ToTell[0] < peer.OfferEnd) TellIds(peer, into, ref room);
        else _tellAt = Math.Min(_tellAt, Now + GatherMs);
    }

    private bool IsTold(long position, PeerCursor peer) =>
        !peer.IsStream && (position < peer.OfferEnd || peer.Traffic.Lazy.Contains(Log.NoteOf(position).Route));

    private void Give(in LinkRecord record, PeerCursor peer, List<LinkRecord> into, ref long room)
    {
        into.Add(record);
        room -= record.Size;
        Counters.Forwarded++;
        peer.Forwarded++;
        Counters.ForwardedBytes += record.Message!.Body.Length;
    }

    private void TellIds(PeerCursor peer, List<LinkRecord> into, ref long room)
    {
        var all = peer.Traffic.ToTell;
        var offers = all.FindIndex(position => position >= peer.OfferEnd);
        TellIds(peer, all, 0, offers < 0 ? all.Count : offers, RecordType.Offer, into, ref room);
        if (offers >= 0) TellIds(peer, all, offers, all.Count, RecordType.Ids, into, ref room);
        all.Clear();
    }

    private void TellIds(
        PeerCursor peer, List<long> positions, int from, int to, RecordType type, List<LinkRecord> into, ref long room)
    {
        var ids = new byte[(to - from) * LinkRecord.ToldSize];
        var length = 0;
        for (var i = from; i < to; i++)
        {
            // Messages that came from the peer meanwhile need not be told.
            if (Log.IsKnown(positions[i], peer.Slot)) continue;
            var message = Log[positions[i]];
            message.Id.WriteTo(ids.AsSpan(length));
            ids[length + Id.Size] = SizeClass(message);
            length += LinkRecord.ToldSize;
        }
        if (length == 0) return;
        into.Add(new LinkRecord(type, null, ids.AsMemory(0, length)));
        room -= into[^1].Size;
        peer.Traffic.Window.Give((long)length / LinkRecord.ToldSize * OrderWindow.EachWeight);
        Counters.IdsTold += length / LinkRecord.ToldSize;
    }

    /// <summary>The power of two that the message's weight does not exceed.</summary>
    private static byte SizeClass(FloodMessage message) =>
        (byte)(BitOperations.Log2((uint)OrderWindow.WeightOf(message) - 1) + 1);

    /// <summary>
    /// The peer asks for messages whose ids it was told. From now on it is sent the messages of their origins.
    /// </summary>
    private void OnWant(PeerCursor peer, ReadOnlySpan<byte> ids)
    {
        for (; ids.Length >= Id.Size; ids = ids[Id.Size..])
        {
            // No more than it can have been told.
            if (peer.Traffic.Wanted.Count + peer.Traffic.GoneDue.Count
                >= (peer.Traffic.Window.Limit / OrderWindow.EachWeight) + LinkRecord.MaxIds)
                return;
            var id = Id.Read(ids);
            _seen.Contains(id, Now, out var position);
            peer.Traffic.Wanted.Enqueue((id, position));
            if (Log.Holds(position) && position >= peer.OfferEnd
                && peer.Traffic.Lazy.Remove(Log.NoteOf(position).Route))
                Counters.Grafts++;
        }
    }

    private void Answer(PeerCursor peer, List<LinkRecord> into, ref long room)
    {
        while (room > 0 && peer.Traffic.Wanted.TryDequeue(out var wanted))
        {
            if (Log.Holds(wanted.Position) && IsFit(Log[wanted.Position], peer))
            {
                Give(new LinkRecord(Log[wanted.Position], RecordType.Answer), peer, into, ref room);
                Counters.Answered++;
                continue;
            }
            peer.Traffic.GoneDue.Add(wanted.Id);
            if (peer.AtRisk == 0) continue;
            peer.AtRisk--;
            AddSkipped(peer, 1);
        }
    }

    private void SayIds(List<Id> ids, RecordType type, List<LinkRecord> into, ref long room)
    {
        for (var from = 0; from < ids.Count; from += LinkRecord.MaxIds)
        {
            var count = Math.Min(LinkRecord.MaxIds, ids.Count - from);
            var bytes = new byte[count * Id.Size];
            for (var i = 0; i < count; i++) ids[from + i].WriteTo(bytes.AsSpan(i * Id.Size));
            into.Add(new LinkRecord(type, null, bytes));
            room -= into[^1].Size;
            if (type == RecordType.Want) Counters.Wants += count;
        }
        ids.Clear();
    }

    private void SayRoutes(RouteSet routes, RecordType type, List<LinkRecord> into, ref long room)
    {
        if (routes.Count == 0) return;
        var bytes = new byte[routes.Count * sizeof(ulong)];
        for (var at = 0; routes.TryTake(out var route); at += sizeof(ulong))
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(at), _routes.OriginOf(route));
        into.Add(new LinkRecord(type, null, bytes));
        room -= into[^1].Size;
    }

    /// <summary>The peer is to send only the ids of an origin's messages.</summary>
    private void Prune(PeerCursor peer, int route)
    {
        peer.Traffic.Pruned.Add(route);
        peer.Traffic.GraftsDue.Remove(route);
        if (!peer.Traffic.PrunesDue.Add(route)) return;
        Counters.Prunes++;
        _tellAt = Math.Min(_tellAt, Now + GatherMs);
    }

    private void Graft(PeerCursor peer, int route)
    {
        peer.Traffic.PrunesDue.Remove(route);
        peer.Traffic.GraftsDue.Add(route);
    }
}
