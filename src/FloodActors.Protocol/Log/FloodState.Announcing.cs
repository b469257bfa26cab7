using FloodActors.Wire;
using Id = FloodActors.MessageId;

namespace FloodActors.Core;

/// <summary>
/// Ids before messages. A new link announces what the log holds, and only what the peer then asks for is sent. In a
/// dense graph most messages arrive over another link first. Whoever receives the duplicates then asks their sender to
/// go on announcing: an id costs 16 bytes and a look-up, and a message costs its payload and all of Akka.Remote's work.
/// </summary>
/// <remarks>
/// The idea is the lazy push of Plumtree (Leitao, Pereira, Rodrigues, SRDS 2007), for each direction of a link and only
/// under load, since a message that is announced and wanted takes a round trip longer. Nothing depends on timers or on
/// other links: what is announced and wanted is sent over the same link and in the same order. Both ends forget the
/// arrangement when the link ends.
/// </remarks>
internal sealed partial class FloodState
{
    /// <summary>How long a peer is watched before it is asked for announcements.</summary>
    private const long WeighEveryMs = 250;

    // Ids come from others, who might make them collide; sets of a hostile peer's ids are searched once for each new
    // message.
    private readonly IdHash.Comparer _announcedIds;

    private int _announcers;
    private long _weighedAt;
    private long _weighedTaken;

    private long Taken => Counters.Delivered + Counters.Appended;

    /// <summary>
    /// Whether the peer is told ids first. A peer that is far behind is not: each announcement waits for its answer,
    /// and over a long way messages may come faster than that. They are sent without being announced until the peer has
    /// caught up.
    /// </summary>
    private bool IsAnnouncedTo(PeerCursor peer) =>
        peer.AnnounceFirst && Log.BytesBetween(peer.Sent, Log.Next) <= _settings.MaxLag / 4;

    /// <summary>Announces what the peer is not known to have, as far as one announcement goes.</summary>
    private void Offer(PeerCursor peer, List<LinkRecord> into)
    {
        var position = Math.Max(Math.Max(peer.Offered, peer.Sent), Log.First);
        var offers = peer.Offers ??= [];
        offers.Clear();
        for (; position < peer.OfferEnd && offers.Count < LinkRecord.MaxIds; position++)
            if (_rule.ShouldSend(Log[position], peer, Log.IsKnown(position, peer.Slot))) offers.Add(position);
        peer.Offered = position;
        if (offers.Count == 0)
        {
            peer.Answered = position;
            return;
        }
        var ids = new byte[offers.Count * Id.Size];
        for (var i = 0; i < offers.Count; i++) Log[offers[i]].Id.WriteTo(ids.AsSpan(i * Id.Size));
        into.Add(new LinkRecord(RecordType.Have, null, ids));
    }

    private void OnHave(PeerCursor from, ReadOnlySpan<byte> ids, long now)
    {
        var count = ids.Length / Id.Size;
        var wanted = new byte[(count + 7) / 8];
        var wants = 0;
        HashSet<Id>? announced = null;
        for (var i = 0; i < Math.Min(PrefetchAhead, count); i++) _seen.Prefetch(Id.Read(ids[(i * Id.Size)..]));
        for (var i = 0; i < count; i++)
        {
            if (i + PrefetchAhead < count) _seen.Prefetch(Id.Read(ids[((i + PrefetchAhead) * Id.Size)..]));
            var id = Id.Read(ids[(i * Id.Size)..]);
            if (_seen.Contains(id, now, out var known))
            {
                if (Log.Holds(known)) Log.MarkKnown(known, from.Slot);
                continue;
            }
            wants++;
            wanted[i / 8] |= (byte)(1 << (i % 8));
            (announced ??= new HashSet<Id>(_announcedIds)).Add(id);
        }
        SetAnnounced(from, announced);
        (from.Announcements, from.Wanted) = (from.Announcements + count, from.Wanted + wants);
        // One reply is all a peer that keeps to the protocol can make us hold: it announces the next only after this
        // answer.
        var replies = from.Replies ??= new Queue<LinkRecord>();
        if (replies.Count < 2) replies.Enqueue(new LinkRecord(RecordType.Want, null, wanted));
    }

    private void OnWant(PeerCursor peer, ReadOnlySpan<byte> wanted)
    {
        if (peer.Answered == peer.Offered || peer.Offers is not { } offers) return;
        for (var i = 0; i < offers.Count; i++)
        {
            if (offers[i] < Log.First || (i / 8 < wanted.Length && (wanted[i / 8] & (1 << (i % 8))) != 0)) continue;
            if (Log.MarkKnown(offers[i], peer.Slot)) Counters.Spared++;
        }
        peer.Answered = peer.Offered;
        if (!peer.AnnounceFirst) peer.Offers = null;
    }

    private static void OnPrefer(PeerCursor peer, ReadOnlySpan<byte> announcements)
    {
        if (!peer.IsStream) peer.AnnounceFirst = announcements is [1];
    }

    private void StartWeighing(PeerCursor peer)
    {
        (peer.AnnounceFirst, peer.AsksForAnnouncements, peer.PreferenceDue) = (false, false, false);
        Note(peer);
    }

    /// <summary>
    /// Looks at what each peer sent since the last time. Asks for announcements if most of it had been seen. Asks for
    /// messages at once if most of what was announced is wanted, or if the rate is so low that delay counts for more
    /// than traffic.
    /// </summary>
    private void Weigh(long now)
    {
        var elapsed = now - _weighedAt;
        if (elapsed < WeighEveryMs || _settings.AnnounceAbove == 0) return;
        var taken = Taken - _weighedTaken;
        (_weighedAt, _weighedTaken) = (now, Taken);
        var many = Math.Max(1, _settings.AnnounceAbove * elapsed / 1000);
        foreach (var peer in _peers)
        {
            if (!peer.Connected || peer.IsStream) continue;
            var fresh = peer.Received - peer.Weighed.Received;
            var duplicates = peer.Duplicates - peer.Weighed.Duplicates;
            var announcements = peer.Announcements - peer.Weighed.Announcements;
            var wanted = peer.Wanted - peer.Weighed.Wanted;
            Note(peer);
            // Three of five: a link that brings half of its messages first stays as it is.
            var change = peer.AsksForAnnouncements
                ? taken < many / 4 || wanted * 2 > announcements
                : duplicates >= many && duplicates * 2 >= fresh * 3;
            if (change) (peer.AsksForAnnouncements, peer.PreferenceDue) = (!peer.AsksForAnnouncements, true);
        }
    }

    private static void Note(PeerCursor peer) =>
        peer.Weighed = (peer.Received, peer.Duplicates, peer.Announcements, peer.Wanted);

    private static void SayPreference(PeerCursor peer, List<LinkRecord> into)
    {
        peer.PreferenceDue = false;
        into.Add(new LinkRecord(RecordType.Prefer, null, new[] { peer.AsksForAnnouncements ? (byte)1 : (byte)0 }));
    }

    private void SetAnnounced(PeerCursor peer, HashSet<Id>? announced)
    {
        if (peer.Announced is not null) _announcers--;
        if (announced is not null) _announcers++;
        peer.Announced = announced;
    }

    /// <summary>A message is new: whoever announced it has it.</summary>
    private void MarkAnnouncers(in Id id, long position)
    {
        foreach (var peer in _peers)
        {
            if (peer.Announced is not { } announced || !announced.Remove(id)) continue;
            Log.MarkKnown(position, peer.Slot);
            if (announced.Count == 0) SetAnnounced(peer, null);
        }
    }
}
