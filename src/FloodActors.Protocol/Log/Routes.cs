namespace FloodActors.Core;

/// <summary>
/// How a message goes to a peer: as itself over an eager route, by its id over a lazy one. There is a route for each
/// origin and peer, and it is eager until the peer says that the origin's messages come to it over another link first.
/// So the first arrivals from each origin form a tree, and all other links stand by.
/// </summary>
/// <remarks>
/// The idea is that of Plumtree (Leitao, Pereira, Rodrigues, SRDS 2007), with a tree for each origin as in DOG: with
/// one tree for all, or one for each neighbour that a message came from, origins in different places compete for it.
/// Routes decide what a message costs and never whether it arrives: whatever they say, the peer has been sent either
/// the message or its id. So the table may evict entries, and a peer that lies can only raise its own link's cost.
/// </remarks>
internal sealed class Routes(int redundancy, ulong salt)
{
    /// <summary>
    /// Origins with their own routes. To make room for others, the least recently used ones are evicted.
    /// </summary>
    internal const int MaxOrigins = 4096;

    /// <summary>
    /// A link from which an origin's messages are expected is not pruned for this time. Without it, a node might prune
    /// two links at the same time, each because of the other.
    /// </summary>
    internal const long RelyMs = 1000;

    private readonly Dictionary<ulong, int> _index = new(new SaltedComparer(salt));
    private readonly List<Origin> _origins = [];
    private ulong _latest;
    private int _latestRoute = -1;
    private int _hand;

    /// <summary>Origins that have routes.</summary>
    public int Count => _origins.Count;

    /// <summary>The origin's routes. They are created if there are none.</summary>
    public int Of(ulong origin, List<PeerCursor> peers)
    {
        // Messages of one origin mostly follow each other.
        if (_latestRoute >= 0 && origin == _latest) return _latestRoute;
        if (!_index.TryGetValue(origin, out var route))
        {
            route = _origins.Count < MaxOrigins ? _origins.Count : Forget(peers);
            if (route == _origins.Count) _origins.Add(new Origin(redundancy));
            _origins[route].Incarnation = origin;
            _index.Add(origin, route);
        }
        _origins[route].IsUsed = true;
        (_latest, _latestRoute) = (origin, route);
        return route;
    }

    /// <summary>The origin's routes if there are any.</summary>
    public bool TryFind(ulong origin, out int route) => _index.TryGetValue(origin, out route);

    public ulong OriginOf(int route) => _origins[route].Incarnation;

    /// <summary>
    /// A duplicate came over another link than the first copy. Returns whether that peer is to be pruned: told to send
    /// only ids of this origin from now on.
    /// </summary>
    public bool IsOneTooMany(int route, ref LogNote note, PeerCursor from, long now)
    {
        if (note.Copies < byte.MaxValue) note.Copies++;
        if (redundancy == FloodSettings.EveryRoute || from.IsStream) return false;
        // Our own messages are never needed back.
        if (note.Carrier is not { } first) return true;
        var origin = _origins[route];
        origin.Rely(first, now);
        if (note.Copies <= redundancy)
        {
            origin.Rely(from, now);
            return false;
        }
        return !origin.IsReliedOn(from, now);
    }

    /// <summary>The same for a message whose first sender is no longer known.</summary>
    public bool IsOneTooMany(int route, PeerCursor from, long now) =>
        redundancy != FloodSettings.EveryRoute && !from.IsStream && _origins[route].IsReliedOnOtherThan(from, now);

    /// <summary>A message that was requested came: the peer sends this origin's messages from now on.</summary>
    public void OnAnswer(int route, PeerCursor from, long now)
    {
        from.Traffic.Pruned.Remove(route);
        _origins[route].Instead(from, now);
    }

    /// <summary>
    /// A link is lost. For each origin, another peer that was pruned takes its place; that peer is to be grafted.
    /// </summary>
    public void Replace(PeerCursor lost, List<PeerCursor> peers, Action<PeerCursor, int> graft)
    {
        for (var route = 0; route < _origins.Count; route++)
        {
            if (!_origins[route].Release(lost)) continue;
            for (var i = 0; i < peers.Count; i++)
            {
                var peer = peers[(route + i) % peers.Count];
                if (peer == lost || !peer.Connected || !peer.Traffic.Pruned.Remove(route)) continue;
                graft(peer, route);
                break;
            }
        }
    }

    private int Forget(List<PeerCursor> peers)
    {
        // Second chance: an entry that was used since the hand last passed stays.
        while (_origins[_hand].IsUsed)
        {
            _origins[_hand].IsUsed = false;
            _hand = (_hand + 1) % _origins.Count;
        }
        var route = _hand;
        _hand = (_hand + 1) % _origins.Count;
        _index.Remove(_origins[route].Incarnation);
        _origins[route] = new Origin(redundancy);
        foreach (var peer in peers)
        {
            peer.Traffic.Lazy.Remove(route);
            peer.Traffic.Pruned.Remove(route);
            peer.Traffic.PrunesDue.Remove(route);
            peer.Traffic.GraftsDue.Remove(route);
        }
        return route;
    }

    private sealed class Origin(int redundancy)
    {
        private readonly (PeerCursor? Peer, long Since)[] _reliedOn =
            new (PeerCursor?, long)[redundancy == FloodSettings.EveryRoute ? 0 : redundancy + 1];

        public ulong Incarnation { get; set; }

        public bool IsUsed { get; set; }

        public bool IsReliedOn(PeerCursor peer, long now)
        {
            foreach (var relied in _reliedOn)
                if (relied.Peer == peer && IsFresh(relied, now)) return true;
            return false;
        }

        public bool IsReliedOnOtherThan(PeerCursor peer, long now)
        {
            if (IsReliedOn(peer, now)) return false;
            foreach (var relied in _reliedOn)
                if (IsFresh(relied, now)) return true;
            return false;
        }

        public void Rely(PeerCursor peer, long now)
        {
            var free = -1;
            for (var i = 0; i < _reliedOn.Length; i++)
            {
                if (_reliedOn[i].Peer == peer)
                {
                    if (!IsFresh(_reliedOn[i], now)) _reliedOn[i].Since = now;
                    return;
                }
                if (!IsFresh(_reliedOn[i], now)) free = i;
            }
            if (free >= 0) _reliedOn[free] = (peer, now);
        }

        /// <summary>Relies on the peer, in place of the one relied on for longest.</summary>
        public void Instead(PeerCursor peer, long now)
        {
            if (_reliedOn.Length == 0) return;
            var at = 0;
            for (var i = 0; i < _reliedOn.Length; i++)
            {
                if (_reliedOn[i].Peer == peer)
                {
                    _reliedOn[i].Since = now;
                    return;
                }
                if (_reliedOn[i].Since < _reliedOn[at].Since) at = i;
            }
            _reliedOn[at] = (peer, now);
        }

        public bool Release(PeerCursor peer)
        {
            for (var i = 0; i < _reliedOn.Length; i++)
            {
                if (_reliedOn[i].Peer != peer) continue;
                _reliedOn[i] = default;
                return true;
            }
            return false;
        }

        private static bool IsFresh(in (PeerCursor? Peer, long Since) relied, long now) =>
            relied.Peer is { Connected: true } && now - relied.Since < RelyMs;
    }

    // Incarnations come from other nodes.
    private sealed class SaltedComparer(ulong salt) : IEqualityComparer<ulong>
    {
        private readonly IdHash _hash = new(salt);

        public bool Equals(ulong x, ulong y) => x == y;

        public int GetHashCode(ulong origin) => (int)_hash.Of(new MessageId(origin, 0));
    }
}
