namespace FloodActors.Links;

/// <summary>
/// Remembers which refusals were reported, so that a peer that dials again every two seconds is one event and one line in the log, and one
/// that dials a thousand times a second under as many names is not a thousand: a peer is where it is, whatever it calls itself.
/// </summary>
internal sealed class RefusalReports
{
    /// <summary>Remembered at most; while all are recent, others go unreported.</summary>
    internal const int Limit = 128;

    /// <summary>Not refused for so long, a peer is reported again.</summary>
    internal const long QuietMs = 60_000;

    private readonly Dictionary<(string Address, LinkEnd Cause), long> _last = [];

    /// <summary>Whether this refusal is to be reported.</summary>
    public bool IsNews(string address, LinkEnd cause, long now)
    {
        var known = _last.TryGetValue((address, cause), out var last);
        if (!known && _last.Count >= Limit)
        {
            foreach (var old in _last.Where(entry => now - entry.Value >= QuietMs).ToList()) _last.Remove(old.Key);
            if (_last.Count >= Limit) return false;
        }
        _last[(address, cause)] = now;
        return !known || now - last >= QuietMs;
    }
}
