using FloodActors.Overlays;

namespace FloodActors.Discovery;

/// <summary>
/// Which of the addresses found a node links with. Pure: answers of lookups, links and the time go in; dials and
/// disconnects come out.
/// <code>
///   near      the neighbours on the rings through all addresses (see <see cref="Overlay"/>): the same on every node
///   suspect   an address that this node wants a link with, without one for twice the patience
///   beyond    the neighbours on the rings that lead past the suspects
/// </code>
/// A node is linked with those near and beyond. So addresses of dead nodes do not cut a ring, however many there
/// are: their neighbours on both sides find each other. Suspects are still dialled; one that answers is no longer a
/// suspect.
/// </summary>
/// <remarks>
/// The node that dialled a link ends it when it no longer wants it. So two nodes whose answers differ keep a link
/// that either of them wants, and do not fight over it.
/// </remarks>
internal sealed class DiscoveredPeers(string self, DiscoverySettings settings)
{
    private readonly Dictionary<string, long?> _absentSince = [];
    private readonly Dictionary<string, long> _missingSince = [];
    private readonly Dictionary<string, long?> _unwantedSince = [];
    private HashSet<string> _wanted = [];
    private bool _isFound;

    /// <summary>The addresses of other nodes that are valid now.</summary>
    public IReadOnlyCollection<string> Others => _absentSince.Keys;

    /// <summary>Those of them to be linked with.</summary>
    public IReadOnlyCollection<string> Wanted => _wanted;

    /// <summary>Those of them that are assumed to be dead.</summary>
    public IEnumerable<string> Suspects(long now) =>
        _missingSince.Where(pair => now - pair.Value >= 2 * Patience).Select(pair => pair.Key);

    private long Patience => (long)settings.Patience.TotalMilliseconds;

    /// <summary>A lookup has answered. Not to be called for a lookup that failed, or that found no address.</summary>
    public void OnFound(IReadOnlySet<string> addresses, long now)
    {
        _isFound = addresses.Contains(self);
        foreach (var address in addresses)
            if (address != self) _absentSince[address] = null;
        foreach (var (address, since) in _absentSince.ToList())
        {
            if (addresses.Contains(address)) continue;
            if (now - (since ?? now) >= settings.Grace.TotalMilliseconds) _absentSince.Remove(address);
            else _absentSince[address] ??= now;
        }
    }

    /// <summary>Decides what to dial and what to disconnect, given the links that are up.</summary>
    public (IReadOnlyList<string> Dial, IReadOnlyList<string> LetGo) Look(IReadOnlySet<string> linked, long now)
    {
        Forget(address => linked.Contains(address) || !_absentSince.ContainsKey(address));
        Choose(now);
        Forget(address => !_wanted.Contains(address));
        var dial = new List<string>();
        foreach (var address in _wanted.Where(address => !linked.Contains(address)))
        {
            _missingSince.TryAdd(address, now);
            if (IsToDial(address, now)) dial.Add(address);
        }
        foreach (var address in dial) _unwantedSince.TryAdd(address, null);
        return (dial, LetGo(now));
    }

    private void Forget(Func<string, bool> isNotMissed)
    {
        foreach (var address in _missingSince.Keys.Where(isNotMissed).ToList()) _missingSince.Remove(address);
    }

    private void Choose(long now)
    {
        var others = _absentSince.Keys;
        if (others.Count < settings.CompleteUpTo)
        {
            _wanted = [.. others];
            return;
        }
        var suspects = Suspects(now).ToHashSet();
        _wanted = Overlay.Neighbours(self, others, completeUpTo: 1, settings.Cycles);
        if (suspects.Count == 0) return;
        var alive = others.Where(address => !suspects.Contains(address)).ToList();
        _wanted.UnionWith(Overlay.Neighbours(self, alive, completeUpTo: 1, settings.Cycles));
        _wanted.UnionWith(suspects);
    }

    /// <summary>
    /// One of the two dials first; both dial when that has failed, or when the others do not find this node.
    /// </summary>
    private bool IsToDial(string address, long now) =>
        !_isFound || Overlay.DialsFirst(self, address) || now - _missingSince[address] >= Patience;

    /// <summary>A new link comes up before an old one ends, unless the new one takes too long.</summary>
    private List<string> LetGo(long now)
    {
        var comesUp = _wanted.Any(a => _missingSince.TryGetValue(a, out var since) && now - since < 2 * Patience);
        var gone = new List<string>();
        foreach (var (address, since) in _unwantedSince.ToList())
        {
            if (_wanted.Contains(address)) _unwantedSince[address] = null;
            else if (since is null && comesUp) _unwantedSince[address] = now;
            else if (!comesUp || now - since >= Patience) gone.Add(address);
        }
        foreach (var address in gone) _unwantedSince.Remove(address);
        return gone;
    }
}
