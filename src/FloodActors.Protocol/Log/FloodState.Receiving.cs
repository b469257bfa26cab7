using System.Buffers.Binary;
using FloodActors.Wire;
using Id = FloodActors.MessageId;

namespace FloodActors.Core;

/// <summary>
/// Receiving from peers. A link's stream is the other log in its order: messages, and ids in place of
/// messages. An id that has not been seen stops the stream until its message arrives, so that nothing overtakes it.
/// Meanwhile the other links continue. A message that waits behind such an id is taken when another link's stream
/// reaches it, since the order of that log is equally valid. So no two links can wait for each other.
/// </summary>
internal sealed partial class FloodState
{
    private readonly List<PeerCursor> _waiting = []; // peers with batches in their inboxes
    private readonly List<(PeerCursor Peer, ReceivedBatch Batch)> _passed = [];

    /// <summary>Batches that were held and are done now; the reader empties the list.</summary>
    public List<(PeerCursor Peer, ReceivedBatch Batch)> Passed => _passed;

    /// <summary>
    /// Messages whose ids peers have told and that have not come, and messages that wait for one of these.
    /// </summary>
    public int MissingCount => _missing.Count;

    /// <summary>
    /// Takes what came over a peer's link, in order. Duplicates cost no allocation. Returns false when the batch is
    /// held: it is in <see cref="Passed"/> when it is done.
    /// </summary>
    public bool Receive(PeerCursor from, ReceivedBatch batch, FloodTime at)
    {
        Now = at.Now;
        if (batch.HasWords) Heed(from, batch, at);
        var isTaken = from.Traffic.Inbox.Length == 0 && Take(from, batch, at);
        TakeFresh(at);
        if (!isTaken) Hold(from, batch);
        DrainAll(at);
        return isTaken;
    }

    /// <summary>Whether a peer has sent more than may wait here: see <see cref="OrderWindow"/>.</summary>
    public bool HasOverrun(PeerCursor peer) =>
        // A batch, or a message, may exceed either limit, and the size that came with an id may be half of the real
        // size.
        Math.Max(peer.Traffic.Inbox.Weight, peer.Traffic.AnswerBytes) > (2L * OrderLimit(_settings.Window))
            + _settings.MaxMessageSize + (2 * LinkRecord.MaxIds * OrderWindow.EachWeight);

    /// <summary>How many bytes from a peer may wait, if its link has this window.</summary>
    public static int OrderLimit(int window) => 2 * window;

    /// <summary>Handles control records between the nodes, which are not part of the order.</summary>
    private void Heed(PeerCursor from, ReceivedBatch batch, FloodTime at)
    {
        for (var i = batch.Next; i < batch.Count; i++)
        {
            ref var entry = ref batch.Entries[i];
            var bytes = entry.Body.Span;
            switch (entry.Type)
            {
                case RecordType.Want: OnWant(from, bytes); break;
                case RecordType.Gone: OnGone(from, bytes); break;
                case RecordType.Prune: OnRoutes(from, bytes, lazy: true); break;
                case RecordType.Graft: OnRoutes(from, bytes, lazy: false); break;
                case RecordType.Answer: OnAnswer(from, batch.Entries, i, at); break;
                case RecordType.Keyed: TakeKeyed(from, entry, at); break;
            }
        }
    }

    /// <summary>A message that was requested waits only for the messages that must come before it.</summary>
    private void OnAnswer(PeerCursor from, LinkEntry[] entries, int index, FloodTime at)
    {
        ref var entry = ref entries[index];
        var wasAsked = _missing.Answered(entry.Id, from, Now);
        if (from.Traffic.Inbox.Length == 0 || _seen.Contains(entry.Id, Now, out _))
            Sort(new Fresh(entries, index, from, from), at.Now);
        else if (wasAsked) _missing.KeepAnswer(entry, from);
    }

    private void OnGone(PeerCursor from, ReadOnlySpan<byte> ids)
    {
        for (; ids.Length >= Id.Size; ids = ids[Id.Size..]) _missing.Gone(Id.Read(ids), from, Now);
    }

    private void OnRoutes(PeerCursor from, ReadOnlySpan<byte> origins, bool lazy)
    {
        for (; origins.Length >= sizeof(ulong); origins = origins[sizeof(ulong)..])
        {
            if (!_routes.TryFind(BinaryPrimitives.ReadUInt64BigEndian(origins), out var route)) continue;
            if (lazy) from.Traffic.Lazy.Add(route);
            else if (from.Traffic.Lazy.Remove(route)) Counters.Grafts++;
        }
    }

    /// <summary>Takes a batch, from its position on. Returns false when it cannot continue.</summary>
    private bool Take(PeerCursor from, ReceivedBatch batch, FloodTime at)
    {
        var entries = batch.Entries;
        for (var i = 0; i < Math.Min(PrefetchAhead, batch.Count - batch.Next); i++)
            _seen.Prefetch(entries[batch.Next + i].Id);
        for (; batch.Next < batch.Count; batch.Next++)
        {
            if (batch.Next + PrefetchAhead < batch.Count) _seen.Prefetch(entries[batch.Next + PrefetchAhead].Id);
            ref var entry = ref entries[batch.Next];
            if (entry.Type == RecordType.Message) Sort(new Fresh(entries, batch.Next, from, from), at.Now);
            else if (entry.TellsIds && !TakeIds(from, batch, entry, at)) return false;
        }
        return true;
    }

    private bool TakeIds(PeerCursor from, ReceivedBatch batch, in LinkEntry entry, FloodTime at)
    {
        for (; batch.NextId < entry.IdCount; batch.NextId++)
        {
            var id = entry.IdAt(batch.NextId, out _);
            if (_seen.Contains(id, at.Now, out var known))
            {
                if (known >= Log.Next) TakeFresh(at);
                if (Log.Holds(known)) Log.MarkKnown(known, from.Slot);
                // Refused, or a number that was given up: this peer no longer waits for it.
                else if (from.Traffic.Inbox.Length > 0) _missing.Leave(id, from);
            }
            else if (_missing.TryFindWaiting(id, out var waiting))
            {
                Sort(new Fresh(waiting.Entries, waiting.Index, waiting.Carrier, from), at.Now);
                // If it was refused, this peer no longer waits for it.
                _missing.IsPassedOver(id, from, at.Now);
            }
            else if (!_missing.IsPassedOver(id, from, at.Now))
            {
                // It may have been taken since its id was told, and forgotten again.
                if (from.Traffic.Inbox.Length > 0) _missing.AddAgain(id, from, at.Now);
                return false;
            }
            MissingMessages.Passed(id, from);
        }
        batch.NextId = 0;
        return true;
    }

    /// <summary>Puts the rest of a batch into the peer's inbox.</summary>
    private void Hold(PeerCursor from, ReceivedBatch batch)
    {
        if (!HasOrder(batch))
        {
            from.Traffic.Inbox.Absorb(batch);
            return;
        }
        if (from.Traffic.Inbox.Length == 0) _waiting.Add(from);
        from.Traffic.Inbox.Add(batch);
        for (var i = batch.Next; i < batch.Count; i++)
        {
            ref var entry = ref batch.Entries[i];
            if (entry.Type == RecordType.Message)
            {
                if (_seen.Contains(entry.Id, Now, out _)) continue;
                _missing.Keep(entry.Id, from, batch.Entries, i);
                Counters.HeldBack++;
                continue;
            }
            for (var n = i == batch.Next ? batch.NextId : 0; entry.TellsIds && n < entry.IdCount; n++)
            {
                var id = entry.IdAt(n, out _);
                if (!_seen.Contains(id, Now, out _)) _missing.Add(id, from, Now, entry.Type == RecordType.Offer);
            }
        }
    }

    private static bool HasOrder(ReceivedBatch batch)
    {
        for (var i = batch.Next; i < batch.Count; i++)
            if (batch.Entries[i].IsOrdered) return true;
        return false;
    }

    /// <summary>Continues with the inboxes that something new has unblocked.</summary>
    private void DrainAll(FloodTime at)
    {
        if (_waiting.Count > 0) DrainInboxes(at);
        Counters.GivenUp = _seen.GivenUp;
    }

    private void DrainInboxes(FloodTime at)
    {
        // Each round takes something out of an inbox, so the loop ends.
        for (var moved = true; moved;)
        {
            moved = false;
            for (var i = _waiting.Count - 1; i >= 0; i--) moved |= Drain(_waiting[i], at);
            // Another id may be the first of an inbox now, and there may be room for answers.
            if (moved) _missing.Resume();
            _waiting.RemoveAll(static peer => peer.Traffic.Inbox.Length == 0);
        }
        _missing.AskForDue(_waiting, at.Now);
    }

    private bool Drain(PeerCursor peer, FloodTime at)
    {
        var moved = false;
        while (peer.Traffic.Inbox.TryPeek(out var batch))
        {
            var (next, id) = (batch.Next, batch.NextId);
            var isThrough = Take(peer, batch, at);
            TakeFresh(at);
            if (!isThrough) return moved | next != batch.Next | id != batch.NextId;
            peer.Traffic.Inbox.RemoveFirst();
            _passed.Add((peer, batch));
            moved = true;
        }
        return moved;
    }

    private void EmptyInbox(PeerCursor peer)
    {
        _missing.Lost(peer);
        peer.Traffic.Inbox.Clear();
        _waiting.Remove(peer);
    }

    private void Sort(in Fresh fresh, long now)
    {
        ref var entry = ref fresh.Entry;
        var from = fresh.Carrier;
        // Numbers begin at 1, so 0 is above all of them. A number taken as seen would suppress the append that
        // is to have it.
        if (_settings.MessageId == MessageIdMode.Sequence && entry.Id.High == Incarnation
            && entry.Id.Low - 1 >= _number)
        {
            Counters.InvalidFromPeer++;
            Refuse(
                from, entry.Id, EventTopic.NotOfThisNode, "it claims to be of this node, which has not appended it");
            return;
        }
        if (IsRefused(from, entry, entry.Id, now))
        {
            _missing.Refused(entry.Id);
            return;
        }
        switch (_seen.TryAdd(entry.Id, Log.Next + _fresh.Count, now, from.Slot, out var known))
        {
            case SeenResult.New:
                TellForgotten();
                _fresh.Add(fresh);
                break;
            case SeenResult.Duplicate:
                OnDuplicate(from, entry, known);
                break;
            case SeenResult.Full:
                Counters.OriginsFull++;
                Refuse(
                    from, entry.Id, EventTopic.OriginsFull,
                    $"this node remembers flood.seen.max-origins = {_settings.SeenMaxOrigins} origins, "
                    + "and none of them has been silent for flood.seen.max-age");
                break;
            case SeenResult.ShareFull:
                Counters.OriginsFull++;
                Refuse(
                    from, entry.Id, EventTopic.ShareFull,
                    "the peer has sent messages of as many origins as there are places left for others: "
                    + $"at most half of flood.seen.max-origins = {_settings.SeenMaxOrigins} is for one peer");
                break;
            case SeenResult.TooFarAhead:
                Counters.InvalidFromPeer++;
                Refuse(
                    from, entry.Id, EventTopic.TooFarAhead,
                    "its number is farther ahead than its origin can have reached");
                break;
        }
    }

    private void OnDuplicate(PeerCursor from, in LinkEntry entry, long known)
    {
        var isNoted = Log.Holds(known);
        if (isNoted) Log.MarkKnown(known, from.Slot);
        else _missing.StopWaiting(entry.Id);
        var isCarrier = isNoted && Log.NoteOf(known).Carrier == from;
        // Another link's stream reached it first, and took it from here.
        if (isCarrier && Log.NoteOf(known).InOrderOf != from) return;
        Counters.Duplicates++;
        from.Duplicates++;
        if (entry.Type == RecordType.Answer) _missing.AskedInVain();
        if (isCarrier) return;
        var route = RouteOf(entry.Author);
        if (isNoted ? _routes.IsOneTooMany(route, ref Log.NoteOf(known), from, Now)
            : _routes.IsOneTooMany(route, from, Now))
            Prune(from, route);
    }

    private void Refuse(PeerCursor from, in Id id, EventTopic topic, string reason)
    {
        _missing.Refused(id);
        Events.Raise(new MessageRefused(from.Id, id, reason) { Topic = topic }, Log.Next + _fresh.Count);
    }

    private void TellForgotten()
    {
        if (_seen.ForgottenOrigins == Counters.OriginsForgotten) return;
        Counters.OriginsForgotten = _seen.ForgottenOrigins;
        Events.Raise(new OriginForgotten(_seen.LastForgotten), Log.Next + _fresh.Count);
    }

    private void TakeFresh(FloodTime at)
    {
        if (_fresh.Count == 0) return;
        byte[] slab = [];
        var used = 0;
        for (var n = 0; n < _fresh.Count; n++)
        {
            var fresh = _fresh[n];
            ref var entry = ref fresh.Entry;
            var body = entry.Body;
            if (!entry.OwnsBody)
            {
                if (body.Length > slab.Length - used)
                {
                    slab = GC.AllocateUninitializedArray<byte>(SlabFor(n));
                    used = 0;
                }
                body.CopyTo(slab.AsMemory(used));
                body = slab.AsMemory(used, body.Length);
                used += body.Length;
            }
            var header = entry.Header.IsEmpty ? null : entry.Header.ToArray();
            var route = RouteOf(entry.Author);
            var note = new LogNote { Carrier = fresh.Carrier, InOrderOf = fresh.InOrderOf, Route = route };
            Add(entry.Id, entry.Kind, body, entry.Author, entry.BringsOrigin, note, entry.Hops, at, header);
            fresh.Carrier.Received++;
            if (entry.Type == RecordType.Answer) _routes.OnAnswer(route, fresh.Carrier, at.Now);
        }
        Counters.Delivered += _fresh.Count;
        _fresh.Clear();
    }

    /// <summary>
    /// Room for the fresh message number <paramref name="n"/> and as many after it as fit a slab: exact, so that
    /// nothing is wasted.
    /// </summary>
    private int SlabFor(int n)
    {
        var size = _fresh[n].Entry.Body.Length;
        while (++n < _fresh.Count)
        {
            ref var next = ref _fresh[n].Entry;
            if (next.OwnsBody) continue;
            if (size + next.Body.Length > SlabSize) break;
            size += next.Body.Length;
        }
        return size;
    }

    /// <summary>A new message, by its place in the batch.</summary>
    private readonly record struct Fresh(LinkEntry[] Entries, int Index, PeerCursor Carrier, PeerCursor InOrderOf)
    {
        public ref LinkEntry Entry => ref Entries[Index];
    }
}
