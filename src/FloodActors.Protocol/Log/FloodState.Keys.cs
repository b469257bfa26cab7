using FloodActors.Wire;

namespace FloodActors.Core;

/// <summary>
/// The latest value of each key: state beside the log. docs/decisions/23-what-a-message-carries.md has the rules.
/// </summary>
internal sealed partial class FloodState
{
    /// <summary>A day, in microseconds. No maintained clock is wrong by that much.</summary>
    private const long FarAhead = 24L * 3600 * 1_000_000;

    /// <summary>
    /// No version that is assigned here is below it, whatever the clock says: so none equals the number of a message.
    /// </summary>
    internal const long LeastVersion = 1L << 48; // December 1978

    /// <summary>The weight of a key besides its message.</summary>
    internal const int KeyOverhead = 256;

    private readonly Dictionary<byte[], KeyEntry> _keys = new(Utf8Names.Comparer);
    private readonly SortedSet<KeyEntry> _removals = new(new OldestFirst());
    private long _keyBytes;
    private long _removalBytes; // what evicting all removals would free
    private long _keyClock; // the last version that this node assigned, unless that was far ahead of its clock
    private long _highestVersion; // of the node's own values
    private long _forgottenUpTo; // the highest version of an evicted removal

    /// <summary>Called with each newer value that a peer brought.</summary>
    public Action<FloodMessage>? KeyTaken { get; set; }

    /// <summary>Keys, removed ones included.</summary>
    public int KeyCount => _keys.Count;

    public long KeyBytes => _keyBytes;

    /// <summary>Changes of keys so far.</summary>
    public long KeyChanges { get; private set; }

    /// <summary>Every key, removed ones included.</summary>
    public IEnumerable<KeyEntry> Keys => _keys.Values;

    /// <summary>The latest value of a key; null when it has none.</summary>
    public FloodMessage? LatestOf(string topic, string key)
    {
        Span<byte> name = stackalloc byte[1 + Subject.MaxTopic + Subject.MaxKey];
        var (utf8, other) = (System.Text.Encoding.UTF8.GetBytes(topic), System.Text.Encoding.UTF8.GetBytes(key));
        if (utf8.Length > Subject.MaxTopic || other.Length > Subject.MaxKey) return null;
        var length = NameOf(utf8, other, name);
        return Find(name[..length], isName: true) is { IsRemoved: false } entry ? entry.Message : null;
    }

    /// <summary>The latest value of each key of a topic, or of all topics, in the order in which they came.</summary>
    public FloodMessage[] Latest(string? topic = null)
    {
        var utf8 = topic is null ? null : System.Text.Encoding.UTF8.GetBytes(topic);
        return
        [
            .. _keys.Values.Where(entry => !entry.IsRemoved && (utf8 is null || IsOf(entry, utf8)))
                .Select(entry => entry.Message).OrderBy(message => message.ReceivedTicks),
        ];
    }

    /// <summary>Sets or removes a key. Returns null, or why that could not be done.</summary>
    public FloodRejection? SetKey(in AppendRequest request, FloodTime at, out MessageId id)
    {
        Now = at.Now;
        id = default;
        var header = request.Header!;
        var entry = Find(header, isName: false);
        var clock = Math.Max(
            LeastVersion, (at.WallTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
        var version = Math.Max(Math.Max(clock, _keyClock + 1), (entry?.Version ?? 0) + 1);
        // So this node uses each version once. A node that drives one key far into the future spoils only that key.
        if (version - clock <= FarAhead) _keyClock = version;
        if (version >= MessageHeader.MaxVersion)
        {
            return new FloodRejection(
                RejectReason.KeysFull,
                "The versions of this key have been used up, by a node with a clock that is wrong by thousands "
                + "of years or on purpose: use another key.");
        }
        MessageHeader.Stamp(header, at.WallTicks);
        MessageHeader.SetVersion(header, version);
        id = new MessageId(Incarnation, (ulong)version);
        var message = Message(request.Kind, request.Body, Self, false, null, 0, at, header, version);
        if (!Store(entry, message, version, null))
        {
            return new FloodRejection(
                RejectReason.KeysFull,
                $"This node has {_keys.Count} keys of {_keyBytes} bytes: remove some, or raise flood.keys.max-count "
                + "or flood.keys.max-bytes on all nodes.");
        }
        _highestVersion = Math.Max(_highestVersion, version);
        Counters.KeysSet++;
        return null;
    }

    /// <summary>Takes a message that came over a peer's link, if it has a key. Returns whether it has.</summary>
    private bool TakeKeyed(PeerCursor from, in LinkEntry received, FloodTime at)
    {
        if (received.Header.IsEmpty || MessageHeader.KeyOf(received.Header.Span).IsEmpty) return false;
        var version = MessageHeader.VersionOf(received.Header.Span, out var removes);
        var author = received.Author.Incarnation;
        var id = new MessageId(author, (ulong)version);
        var entry = Find(received.Header.Span, isName: false);
        if (entry is not null && !_rule.IsNewer(version, author, entry))
        {
            Counters.KeysStale++;
            Contradict(from, entry, entry.IsAt(version, author));
            return true;
        }
        if (entry is null && removes && version <= _forgottenUpTo)
        {
            // It may have been evicted here already. Taken again, it would evict another one, which
            // then comes again from another node: with more removals than room they would circulate for ever.
            Counters.KeysStale++;
            return true;
        }
        if (author == Incarnation && version > _highestVersion)
        {
            Counters.InvalidFromPeer++;
            Refuse(
                from, id, EventTopic.NotOfThisNode, "it claims to be of this node, which has not appended it");
            return true;
        }
        if (IsRefused(from, received, id, at.Now)) return true;
        var body = received.OwnsBody ? received.Body : received.Body.ToArray();
        var message = Message(
            received.Kind, body, received.Author, received.BringsOrigin, from, received.Hops, at,
            received.Header.ToArray(), version);
        if (Store(entry, message, version, from))
        {
            Counters.KeysTaken++;
            KeyTaken?.Invoke(message);
            return true;
        }
        Counters.KeysFull++;
        Refuse(
            from, id, EventTopic.KeysFull,
            $"this node has {_keys.Count} keys of {_keyBytes} bytes already "
            + "(flood.keys.max-count, flood.keys.max-bytes)");
        return true;
    }

    /// <summary>
    /// A peer brought a value that does not win. If the peer has the present one, that need not be given. If the key
    /// was removed, the peer may have evicted the removal to make room: then it is told again.
    /// </summary>
    private void Contradict(PeerCursor peer, KeyEntry entry, bool hasLatest)
    {
        if (hasLatest)
        {
            entry.MarkKnown(peer.Slot);
            peer.Due?.Remove(entry, isSpared: false);
        }
        else if (entry.IsRemoved && !peer.IsStream)
        {
            entry.Forget(peer.Slot);
            (peer.Due ??= new DueKeys()).Owe(entry, KeyChanges);
        }
    }

    private FloodMessage Message(
        PayloadKind kind, ReadOnlyMemory<byte> body, Origin author, bool bringsOrigin, PeerCursor? source, int hops,
        FloodTime at, byte[] header, long version)
    {
        _lastTicks = Math.Max(at.WallTicks, _lastTicks + 1);
        return new FloodMessage(
            new MessageId(author.Incarnation, (ulong)version), kind, body, author, SeenSet.NoPosition, _lastTicks,
            source?.Id, hops, _decoder, bringsOrigin)
        {
            Header = header,
        };
    }

    private bool Store(KeyEntry? entry, FloodMessage message, long version, PeerCursor? source)
    {
        var removes = message.IsRemoval;
        var added = message.Weight - (entry is null ? -KeyOverhead : entry.Message.Weight);
        if (!MakeRoom(entry, added)) return false;
        if (entry is null)
        {
            Span<byte> name = stackalloc byte[1 + Subject.MaxTopic + Subject.MaxKey];
            var length = NameOf(
                MessageHeader.TopicOf(message.Header), MessageHeader.KeyOf(message.Header), name);
            entry = new KeyEntry(name[..length].ToArray());
            _keys.Add(entry.Name, entry);
        }
        if (entry.IsRemoved) Unremove(entry);
        _keyBytes += added;
        (entry.Message, entry.Version) = (message, version);
        entry.ForgetAll();
        if (source is not null) entry.MarkKnown(source.Slot);
        if (removes)
        {
            entry.IsRemoved = _removals.Add(entry);
            _removalBytes += WeightOf(entry);
        }
        KeyChanges++;
        foreach (var peer in _peers)
        {
            if (!peer.Connected || peer.IsStream) continue;
            var isSpared = ReferenceEquals(peer, source)
                ? peer.Due?.Remove(entry, isSpared: true) == true
                : (peer.Due ??= new DueKeys()).Add(entry, KeyChanges);
            if (isSpared) Counters.SparedPeers++;
        }
        foreach (var listener in _openListeners) Tell(listener, entry);
        if (_watched.Count == 0) return true;
        if (_watched.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(
            MessageHeader.TopicOf(message.Header), out var topic))
        {
            foreach (var listener in topic.Cursors) Tell(listener, entry);
        }
        return true;
    }

    private void Tell(ListenerCursor listener, KeyEntry entry)
    {
        if ((listener.Due ??= new DueKeys()).Add(entry, KeyChanges)) Counters.SparedSubscribers++;
    }

    /// <summary>Evicts removals, oldest first, if that helps. Returns whether there is room.</summary>
    private bool MakeRoom(KeyEntry? entry, long bytes)
    {
        bool IsFull() => (entry is null && _keys.Count >= _settings.KeysMaxCount)
            || (bytes > 0 && _keyBytes + bytes > _settings.KeysMaxBytes);

        if (!IsFull()) return true;
        // Nothing is evicted if that would not be enough.
        var own = entry is { IsRemoved: true } ? WeightOf(entry) : 0;
        if (_keyBytes - _removalBytes + own + bytes > _settings.KeysMaxBytes) return false;
        while (IsFull())
        {
            var oldest = _removals.Min;
            // It must not make room for itself.
            if (oldest is not null && ReferenceEquals(oldest, entry)) oldest = _removals.Skip(1).FirstOrDefault();
            if (oldest is null) return false;
            ForgetRemoval(oldest);
        }
        return true;
    }

    private void ForgetRemoval(KeyEntry entry)
    {
        Unremove(entry);
        _forgottenUpTo = Math.Max(_forgottenUpTo, entry.Version);
        _keys.Remove(entry.Name);
        _keyBytes -= WeightOf(entry);
        Counters.RemovalsForgotten++;
        // A key that is no longer there is given to nobody: otherwise queues would hold more entries than there are
        // keys.
        foreach (var peer in _peers)
            if (peer.Due?.Remove(entry, isSpared: true) == true) Counters.SparedPeers++;
        foreach (var listener in _listeners)
            if (listener.Due?.Remove(entry, isSpared: true) == true) Counters.SparedSubscribers++;
    }

    private void Unremove(KeyEntry entry)
    {
        _removals.Remove(entry);
        entry.IsRemoved = false;
        _removalBytes -= WeightOf(entry);
    }

    private static long WeightOf(KeyEntry entry) => entry.Message.Weight + KeyOverhead;

    /// <summary>The link to a peer came up: every key that the peer is not known to have is due.</summary>
    private void OweKeys(PeerCursor peer)
    {
        peer.Due?.Clear();
        if (peer.IsStream || _keys.Count == 0) return;
        peer.Due ??= new DueKeys();
        // Values first: if the peer lacks room, it should lack room for removals.
        foreach (var isRemoved in (ReadOnlySpan<bool>)[false, true])
        {
            foreach (var entry in _keys.Values)
            {
                if (entry.IsRemoved == isRemoved && !entry.IsKnownTo(peer.Slot)) peer.Due.Owe(entry, KeyChanges);
            }
        }
    }

    private void ForgetKnown(PeerCursor peer)
    {
        foreach (var entry in _keys.Values) entry.Forget(peer.Slot);
    }

    /// <summary>
    /// Hands out keys that are due, in half of the room when there are messages to send as well. Returns their bytes.
    /// </summary>
    private long PullKeys(PeerCursor peer, List<LinkRecord> into)
    {
        if (peer.Due is not { Count: > 0 } due) return 0;
        var room = peer.Scanned < Log.Next ? peer.Room / 2 : peer.Room;
        long bytes = 0;
        while (bytes <= room && due.TryTake(out var entry))
        {
            if (!Fits(entry.Message, peer)) continue;
            var record = new LinkRecord(entry.Message);
            into.Add(record);
            bytes += record.Size;
            Counters.KeysForwarded++;
            Counters.ForwardedBytes += entry.Message.Body.Length;
        }
        return bytes;
    }

    private bool NextKey(ListenerCursor listener, out FloodNotice notice)
    {
        notice = default;
        if (listener.Due is not { } due || !due.TryTake(out var entry)) return false;
        notice = new FloodNotice(entry.Message, null, false);
        return true;
    }

    private KeyEntry? Find(ReadOnlySpan<byte> headerOrName, bool isName)
    {
        if (isName)
        {
            var names = _keys.GetAlternateLookup<ReadOnlySpan<byte>>();
            return names.TryGetValue(headerOrName, out var found) ? found : null;
        }
        Span<byte> name = stackalloc byte[1 + Subject.MaxTopic + Subject.MaxKey];
        var length = NameOf(MessageHeader.TopicOf(headerOrName), MessageHeader.KeyOf(headerOrName), name);
        return Find(name[..length], isName: true);
    }

    private static bool IsOf(KeyEntry entry, ReadOnlySpan<byte> topic) =>
        entry.Name[0] == topic.Length && entry.Name.AsSpan(1, topic.Length).SequenceEqual(topic);

    /// <summary>The length of the topic comes first, so that no two pairs have the same bytes.</summary>
    private static int NameOf(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> key, Span<byte> name)
    {
        name[0] = (byte)topic.Length;
        topic.CopyTo(name[1..]);
        key.CopyTo(name[(1 + topic.Length)..]);
        return 1 + topic.Length + key.Length;
    }
}
