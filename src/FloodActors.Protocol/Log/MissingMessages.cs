using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FloodActors.Wire;

namespace FloodActors.Core;

/// <summary>
/// Messages whose ids peers have told and that have not come, and messages that have come and must wait for one of
/// these. A message that does not come over another link in time is requested from the peers that told its id, one
/// after the other.
/// </summary>
/// <remarks>
/// What it holds is bounded by the inboxes of the peers: see <see cref="OrderWindow"/>. Every peer that tells an id can
/// be asked for its message: for the first id of an inbox at any time, for the others as far as there is room for the
/// answers. So a link never has to wait for another one.
/// </remarks>
internal sealed class MissingMessages
{
    /// <summary>
    /// How long a message may be missing before it is requested. It rises when requests prove needless.
    /// </summary>
    internal const long AskAfterMs = 50;

    /// <inheritdoc cref="AskAfterMs"/>
    internal const long MostAskAfterMs = 150;

    /// <summary>How long after asking a peer that does not answer the next peer is asked; doubled each time.</summary>
    internal const long AskNextAfterMs = 250;

    /// <summary>
    /// How long a link whose own peer has dropped a message waits for the other peers that told its id.
    /// </summary>
    internal const long GoneAfterMs = 1000;

    private readonly IdHash.Comparer _comparer;
    private readonly Dictionary<MessageId, Missing> _missing;
    private readonly Dictionary<MessageId, Waiting> _waiting;
    private long _askAt = long.MaxValue;
    private long _askAfter = AskAfterMs;

    /// <param name="salt">Random, and unknown to the peers: see <see cref="IdHash"/>.</param>
    public MissingMessages(ulong salt)
    {
        _comparer = new IdHash.Comparer(salt);
        _missing = new Dictionary<MessageId, Missing>(_comparer);
        _waiting = new Dictionary<MessageId, Waiting>(_comparer);
    }

    /// <summary>Messages that are missing or wait.</summary>
    public int Count => _missing.Count + _waiting.Count;

    /// <summary>When a peer is to be asked next.</summary>
    public long AskAt => _missing.Count == 0 ? long.MaxValue : _askAt;

    /// <summary>An inbox waits for this id, or will.</summary>
    /// <param name="id">Not seen here.</param>
    /// <param name="peer">Who tells of it.</param>
    /// <param name="now">Milliseconds of the monotonic clock.</param>
    /// <param name="isOffer">Whether it is to be requested at once.</param>
    public void Add(in MessageId id, PeerCursor peer, long now, bool isOffer)
    {
        ref var missing = ref CollectionsMarshal.GetValueRefOrAddDefault(_missing, id, out var isKnown);
        if (!isKnown) (missing.Since, missing.Due) = (now, now + _askAfter);
        if (isOffer && missing.Attempts == 0) missing.Due = now;
        if (peer.Slot < 64) missing.Holders |= 1UL << peer.Slot;
        missing.Count++;
        _askAt = Math.Min(_askAt, missing.Due);
    }

    /// <summary>An inbox waits for this id, which may have been forgotten here.</summary>
    public void AddAgain(in MessageId id, PeerCursor peer, long now)
    {
        if (_missing.ContainsKey(id)) return;
        Passed(id, peer);
        Add(id, peer, now, isOffer: false);
    }

    /// <summary>A message has come and must wait.</summary>
    public void Keep(in MessageId id, PeerCursor carrier, LinkEntry[] entries, int index) =>
        _waiting.TryAdd(id, new Waiting(carrier, entries, index, AnswerWeight: 0));

    /// <summary>The same for an answer: it is outside the order, so no inbox holds it.</summary>
    public void KeepAnswer(in LinkEntry answer, PeerCursor carrier)
    {
        var weight = OrderWindow.WeightOf(answer);
        if (_waiting.TryAdd(answer.Id, new Waiting(carrier, [answer], 0, weight)))
            carrier.Traffic.AnswerBytes += weight;
    }

    public bool TryFindWaiting(in MessageId id, out Waiting waiting)
    {
        waiting = default;
        return _waiting.Count > 0 && _waiting.TryGetValue(id, out waiting);
    }

    /// <summary>A message no longer waits. Returns the peer that brought it.</summary>
    public PeerCursor? StopWaiting(in MessageId id)
    {
        if (_waiting.Count == 0 || !_waiting.Remove(id, out var waiting)) return null;
        if (waiting.AnswerWeight > 0)
        {
            waiting.Carrier.Traffic.AnswerBytes -= waiting.AnswerWeight;
            Resume();
        }
        return waiting.Carrier;
    }

    /// <summary>
    /// Whether the peer's stream continues without the message: it was refused here, or all peers that told its id have
    /// dropped it.
    /// </summary>
    public bool IsPassedOver(in MessageId id, PeerCursor peer, long now)
    {
        ref var missing = ref CollectionsMarshal.GetValueRefOrNullRef(_missing, id);
        if (Unsafe.IsNullRef(ref missing)) return false;
        var isGone = peer.Traffic.Asked is { } asked && asked.TryGetValue(id, out var size) && size < 0
            && (missing.Gone >= missing.Count || now - missing.Since >= GoneAfterMs);
        if (!isGone && !missing.IsRefused) return false;
        Leaves(id, ref missing, peer);
        return true;
    }

    /// <summary>A peer's stream continues past an id that counts as seen without being in the log.</summary>
    public void Leave(in MessageId id, PeerCursor peer)
    {
        StopWaiting(id);
        if (_missing.Count == 0) return;
        ref var missing = ref CollectionsMarshal.GetValueRefOrNullRef(_missing, id);
        if (!Unsafe.IsNullRef(ref missing)) Leaves(id, ref missing, peer);
    }

    /// <summary>A message is taken. Returns which peers have it, those with slots below 64.</summary>
    public ulong Taken(in MessageId id)
    {
        ulong holders = 0;
        if (_missing.Count > 0 && _missing.Remove(id, out var missing)) holders = missing.Holders;
        if (StopWaiting(id) is { Slot: < 64 } carrier) holders |= 1UL << carrier.Slot;
        return holders;
    }

    /// <summary>A message will not be taken, whichever peer brings it.</summary>
    public void Refused(in MessageId id)
    {
        StopWaiting(id);
        if (_missing.Count == 0) return;
        ref var missing = ref CollectionsMarshal.GetValueRefOrNullRef(_missing, id);
        if (!Unsafe.IsNullRef(ref missing)) missing.IsRefused = true;
    }

    /// <summary>A peer has answered, or an inbox is shorter: there may be room for further answers.</summary>
    public void Resume() => _askAt = 0;

    /// <summary>A peer has answered with the message. Returns whether it was asked to.</summary>
    public bool Answered(in MessageId id, PeerCursor peer, long now)
    {
        peer.Traffic.AnsweredAt = now;
        if (peer.Traffic.Asked is not { } asked || !asked.TryGetValue(id, out var size) || size <= 0) return false;
        asked[id] = 0;
        peer.Traffic.AskedBytes -= size;
        Resume();
        return true;
    }

    /// <summary>A peer has dropped a message whose id it told.</summary>
    public void Gone(in MessageId id, PeerCursor peer, long now)
    {
        peer.Traffic.AnsweredAt = now;
        if (peer.Traffic.Asked is not { } asked || !asked.TryGetValue(id, out var size) || size < 0) return;
        asked[id] = -1;
        peer.Traffic.AskedBytes -= size;
        ref var missing = ref CollectionsMarshal.GetValueRefOrNullRef(_missing, id);
        if (!Unsafe.IsNullRef(ref missing)) (missing.Gone, missing.Due) = (missing.Gone + 1, 0);
        Resume();
    }

    /// <summary>The peer's stream has passed an id.</summary>
    public static void Passed(in MessageId id, PeerCursor peer)
    {
        if (peer.Traffic.Asked is not { Count: > 0 } asked || !asked.Remove(id, out var size)) return;
        peer.Traffic.AskedBytes -= Math.Max(0, size);
    }

    /// <summary>A message that was requested had come over another link by then: the request was too early.</summary>
    public void AskedInVain() => _askAfter = Math.Min(MostAskAfterMs, (_askAfter * 5 / 4) + 1);

    /// <summary>Time passes.</summary>
    public void Tick() => _askAfter = Math.Max(AskAfterMs, _askAfter - (_askAfter / 32));

    /// <summary>Requests messages that have been missing for too long.</summary>
    public void AskForDue(List<PeerCursor> peers, long now)
    {
        if (now < AskAt) return;
        _askAt = long.MaxValue;
        foreach (var peer in peers) AskForDue(peer, now);
    }

    /// <summary>A link is lost, with the batches in its inbox.</summary>
    public void Lost(PeerCursor peer)
    {
        var traffic = peer.Traffic;
        // A dictionary allows removal while it is enumerated.
        foreach (var (id, waiting) in _waiting)
            if (waiting.Carrier == peer) StopWaiting(id);
        // Also of what its stream has gone past: another peer may get its slot.
        if (peer.Slot < 64)
        {
            foreach (var id in _missing.Keys)
                CollectionsMarshal.GetValueRefOrNullRef(_missing, id).Holders &= ~(1UL << peer.Slot);
        }
        foreach (var (id, _) in traffic.Inbox.ToPass())
        {
            ref var missing = ref CollectionsMarshal.GetValueRefOrNullRef(_missing, id);
            if (Unsafe.IsNullRef(ref missing)) continue;
            if (traffic.Asked is { } asked && asked.TryGetValue(id, out var size) && size < 0) missing.Gone--;
            // Another peer that told the id is asked now.
            missing.Due = 0;
            Leaves(id, ref missing, peer);
        }
        Resume();
    }

    private void AskForDue(PeerCursor peer, long now)
    {
        var traffic = peer.Traffic;
        var isFirst = true;
        foreach (var (id, size) in traffic.Inbox.ToPass())
        {
            ref var missing = ref CollectionsMarshal.GetValueRefOrNullRef(_missing, id);
            if (Unsafe.IsNullRef(ref missing)) continue;
            if (!missing.IsRefused && !_waiting.ContainsKey(id) && traffic.Asked?.ContainsKey(id) != true
                && IsDue(ref missing, now))
            {
                if (!isFirst && traffic.AskedBytes + traffic.AnswerBytes + size > traffic.Window.Limit) return;
                Ask(ref missing, id, size, peer, now);
            }
            isFirst = false;
        }
        // A message that all peers have dropped is passed over eventually.
        if (traffic.Inbox.Length > 0 && traffic.Asked is { Count: > 0 }) _askAt = Math.Min(_askAt, now + GoneAfterMs);
    }

    private bool IsDue(ref Missing missing, long now)
    {
        // As long as the peer that was asked answers other requests, it will answer this one in its turn.
        if (missing is { Gone: 0, LastAsked: { Connected: true } last })
            missing.Due = Math.Max(missing.Due, last.Traffic.AnsweredAt + Patience(missing));
        if (missing.Due <= now) return true;
        _askAt = Math.Min(_askAt, missing.Due);
        return false;
    }

    private void Ask(ref Missing missing, in MessageId id, int size, PeerCursor peer, long now)
    {
        missing.Due = now + Patience(missing);
        missing.LastAsked = peer;
        missing.Attempts++;
        _askAt = Math.Min(_askAt, missing.Due);
        peer.Traffic.Asked ??= new Dictionary<MessageId, int>(_comparer);
        peer.Traffic.Asked.Add(id, size);
        peer.Traffic.AskedBytes += size;
        peer.Traffic.WantsDue.Add(id);
    }

    private static long Patience(in Missing missing) => AskNextAfterMs << Math.Min(missing.Attempts, 5);

    private void Leaves(in MessageId id, ref Missing missing, PeerCursor peer)
    {
        if (missing.LastAsked == peer) missing.LastAsked = null;
        if (--missing.Count <= 0) _missing.Remove(id);
    }

    private struct Missing
    {
        /// <summary>The peers that certainly have it.</summary>
        public ulong Holders;

        public PeerCursor? LastAsked;
        public long Since;
        public long Due;

        /// <summary>Places in inboxes, and how many of their peers have dropped it.</summary>
        public int Count;
        public int Gone;
        public int Attempts;
        public bool IsRefused;
    }
}

/// <summary>A message that waits, in an inbox or as an answer.</summary>
internal readonly record struct Waiting(PeerCursor Carrier, LinkEntry[] Entries, int Index, long AnswerWeight);
