namespace FloodActors.Links;

/// <summary>
/// Remembers which refusals were reported. A peer that redials every two seconds then causes one event and one line in
/// the log. So does a peer that dials a thousand times a second under a thousand names, because it is identified by its
/// address.
/// </summary>
internal sealed class RefusalReports
{
    /// <summary>The most refusals remembered. While all of them are recent, further ones are not reported.</summary>
    internal const int Limit = 128;

    /// <summary>A peer that was not refused for this long is reported again.</summary>
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
