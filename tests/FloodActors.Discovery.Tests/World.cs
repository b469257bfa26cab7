namespace FloodActors.Discovery.Tests;

/// <summary>
/// Nodes that follow the rule, a registry that names them, and links, under virtual time: a step is a second. A link is
/// up while both ends live and either dials the other.
/// </summary>
internal sealed class World(int seed, DiscoverySettings settings)
{
    private readonly Random _random = new(seed);
    private readonly Dictionary<string, DiscoveredPeers> _alive = [];
    private readonly HashSet<string> _listed = [];
    private readonly HashSet<(string From, string To)> _dials = [];
    private readonly Dictionary<string, long> _nextLookup = [];
    private int _named;

    public long Now { get; private set; }

    public IReadOnlyCollection<string> Alive => _alive.Keys;

    /// <summary>Which lookups fail.</summary>
    public Func<string, bool> Fails { get; set; } = _ => false;

    /// <summary>What an answer leaves out.</summary>
    public Func<string, bool> Omits { get; set; } = _ => false;

    public void Join(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var name = $"10.0.{_named / 250}.{_named % 250}:4053";
            _named++;
            _alive.Add(name, new DiscoveredPeers(name, settings));
            _listed.Add(name);
            _nextLookup[name] = Now;
        }
    }

    /// <summary>Nodes die. What names them goes on, unless they are struck off as well.</summary>
    public void Kill(IEnumerable<string> names, bool strikeOff)
    {
        foreach (var name in names.ToList())
        {
            _alive.Remove(name);
            _dials.RemoveWhere(dial => dial.From == name);
            if (strikeOff) _listed.Remove(name);
        }
    }

    public void StrikeOffTheDead() => _listed.IntersectWith(_alive.Keys);

    public IEnumerable<string> Some(int count) =>
        _alive.Keys.Order(StringComparer.Ordinal).OrderBy(_ => _random.Next()).Take(count).ToList();

    public void Step(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            Now += 1000;
            foreach (var (name, peers) in _alive)
            {
                if (_nextLookup[name] <= Now) LookUp(name, peers);
                var (dial, letGo) = peers.Look(LinksOf(name).ToHashSet(), Now);
                foreach (var other in dial) _dials.Add((name, other));
                foreach (var other in letGo)
                {
                    // A farewell is heard by the other side, which does not dial again by itself.
                    _dials.Remove((name, other));
                    if (_alive.ContainsKey(other)) _dials.Remove((other, name));
                }
            }
        }
    }

    public IEnumerable<string> LinksOf(string name) => _dials
        .Where(dial => dial.From == name || dial.To == name)
        .Select(dial => dial.From == name ? dial.To : dial.From)
        .Where(_alive.ContainsKey).Distinct();

    public int LargestDegree() => _alive.Keys.Max(name => LinksOf(name).Count());

    public bool IsInOnePiece()
    {
        var links = _dials.Where(d => _alive.ContainsKey(d.From) && _alive.ContainsKey(d.To))
            .SelectMany(d => new[] { d, (From: d.To, To: d.From) })
            .ToLookup(d => d.From, d => d.To);
        var reached = new HashSet<string> { _alive.Keys.First() };
        var next = new Queue<string>(reached);
        while (next.TryDequeue(out var name))
            foreach (var other in links[name])
                if (reached.Add(other)) next.Enqueue(other);
        return reached.Count == _alive.Count;
    }

    public DiscoveredPeers this[string name] => _alive[name];

    /// <summary>A snapshot of who is linked.</summary>
    public IReadOnlySet<(string, string)> Links() => _dials.ToHashSet();

    private void LookUp(string name, DiscoveredPeers peers)
    {
        _nextLookup[name] = Now + (long)settings.Interval.TotalMilliseconds + _random.Next(0, 1000);
        if (Fails(name)) return;
        var found = _listed.Where(listed => !Omits(listed)).ToHashSet();
        if (found.Count > 0) peers.OnFound(found, Now);
    }
}
