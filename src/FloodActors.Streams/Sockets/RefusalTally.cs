namespace FloodActors.Streams.Sockets;

/// <summary>
/// Refused connections by address and cause. The first is reported at once; those that follow are reported together,
/// with their count, when the interval ends. So a peer that tries to connect a thousand times a second causes two
/// events a minute, and every attempt is counted.
/// </summary>
internal sealed class RefusalTally
{
    /// <summary>Addresses remembered at a time; refusals of further addresses are counted together.</summary>
    internal const int Limit = 128;

    internal const string Others = "other addresses";

    private readonly Dictionary<(string Host, LinkEnd Cause), (int Count, string Reason)> _untold = [];

    /// <summary>Whether no interval is running.</summary>
    public bool IsEmpty => _untold.Count == 0;

    /// <summary>Counts a refusal. Returns what to report at once, if anything.</summary>
    /// <param name="peer">The peer's id.</param>
    /// <param name="host">Its address without the port.</param>
    /// <param name="cause">Why, for code.</param>
    /// <param name="reason">Why, in words.</param>
    public PeerRefused? Add(string peer, string host, LinkEnd cause, string reason)
    {
        var key = (host, cause);
        if (!_untold.ContainsKey(key) && _untold.Count >= Limit) key = (Others, cause);
        if (_untold.TryGetValue(key, out var before))
        {
            _untold[key] = (before.Count + 1, reason);
            return null;
        }
        _untold.Add(key, (0, reason));
        return new PeerRefused(peer, reason, cause);
    }

    /// <summary>
    /// The interval has ended: returns what was counted in it. An address that was quiet is
    /// forgotten.
    /// </summary>
    public IReadOnlyList<PeerRefused> Tell(TimeSpan interval)
    {
        var told = new List<PeerRefused>();
        foreach (var (key, (count, reason)) in _untold.ToArray())
        {
            if (count == 0)
            {
                _untold.Remove(key);
                continue;
            }
            _untold[key] = (0, reason);
            var summary = $"{count} more in the last {interval.TotalSeconds:0.#} s: {reason}";
            told.Add(new PeerRefused(key.Host, summary, key.Cause));
        }
        return told;
    }
}
