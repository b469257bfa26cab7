namespace FloodActors.Links;

/// <summary>
/// Limits how often links from one system come up. A link that comes and goes causes two events and two lines in the
/// log: without a bound, a peer that does nothing else would push out the events of others.
/// </summary>
internal sealed class LinkRate
{
    /// <summary>
    /// The number that may come up at once: a system may contain several floods, and a network may be bad.
    /// </summary>
    internal const int Burst = 64;

    /// <summary>One more may come up for each of these intervals.</summary>
    internal const long EveryMs = 1000;

    /// <summary>The most systems remembered.</summary>
    internal const int Limit = 1024;

    /// <summary>For each system, when <see cref="Burst"/> links may come up again.</summary>
    private readonly Dictionary<string, long> _rested = [];

    /// <summary>Systems remembered.</summary>
    public int Count => _rested.Count;

    /// <summary>Whether a link may come up now.</summary>
    public bool MayCome(string system, long now) =>
        _rested.GetValueOrDefault(system) - now <= (Burst - 1) * EveryMs;

    /// <summary>A link has come up.</summary>
    public void Came(string system, long now)
    {
        if (_rested.Count >= Limit && !_rested.ContainsKey(system))
        {
            foreach (var (rested, at) in _rested)
                if (at <= now) _rested.Remove(rested);
            if (_rested.Count >= Limit) return;
        }
        _rested[system] = Math.Max(_rested.GetValueOrDefault(system), now) + EveryMs;
    }
}
