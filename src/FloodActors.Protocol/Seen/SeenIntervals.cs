namespace FloodActors.Core;

/// <summary>
/// The seen-set for <c>message-id = sequence</c>: for each origin the intervals of the numbers seen. It remembers every message of an
/// origin for as long as it remembers the origin, in memory that grows with the origins and not with the messages.
/// </summary>
/// <remarks>
/// <para><b>Silence.</b> An origin with no message in the log, of which nothing new and no duplicate came for <c>maxAgeMs</c>, is
/// forgotten when further origins turn up (each makes room by up to two). If a message of it comes after all, it is delivered again.
/// With <c>maxOrigins</c> origins that are not silent, a message of a further one is answered with <see cref="SeenResult.Full"/>.</para>
/// <para><b>Gaps.</b> Numbers that were skipped split an origin's intervals. With more than <c>maxIntervalsPerOrigin</c> the lowest gap is
/// closed: its ids count as seen and are never delivered if they come after all. So "once" is kept, and what it may have cost is
/// in <see cref="ClosedGapIds"/>.</para>
/// <para><b>Memory.</b> 73 bytes an origin without gaps, allocated as needed with at most half as much in reserve; 16 bytes for each further
/// interval; and a dictionary of the messages now in the log. Nothing until the first message.</para>
/// </remarks>
internal sealed class SeenIntervals : SeenSet
{
    private const int ForgottenPerOrigin = 2;

    // Keyed by the origin alone: (incarnation, 0).
    private readonly AgedTable<Origin> _origins;
    private readonly int _maxOrigins;
    private readonly int _maxIntervals;
    private readonly ulong _salt;
    private Dictionary<MessageId, long>? _positions;

    /// <summary>Creates an empty set.</summary>
    /// <param name="maxOrigins">How many origins are remembered. At least 1.</param>
    /// <param name="maxIntervalsPerOrigin">How many intervals of each. At least 1: then a number lower than the highest seen is never new.</param>
    /// <param name="maxAgeMs">After how many milliseconds of silence an origin may be forgotten. At least 1.</param>
    /// <param name="salt">Random, and unknown to the peers: see <see cref="IdHash"/>.</param>
    public SeenIntervals(int maxOrigins, int maxIntervalsPerOrigin, long maxAgeMs, ulong salt)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxOrigins);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxIntervalsPerOrigin);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxAgeMs);
        _maxOrigins = maxOrigins;
        _maxIntervals = maxIntervalsPerOrigin;
        _salt = salt;
        _origins = new AgedTable<Origin>(maxAgeMs, salt);
    }

    /// <inheritdoc/>
    public override int Count => _origins.Count;

    /// <summary>How many messages are in the log.</summary>
    public int InLog => _positions?.Count ?? 0;

    /// <summary>Slots allocated for origins.</summary>
    public int Capacity => _origins.Capacity;

    /// <summary>Origins forgotten because they were silent.</summary>
    public long ForgottenOrigins { get; private set; }

    /// <summary>Ids that count as seen though they never came, because their gap was closed. Stays at <see cref="long.MaxValue"/> once there.</summary>
    public long ClosedGapIds { get; private set; }

    /// <inheritdoc/>
    public override long GivenUp => ClosedGapIds;

    /// <inheritdoc/>
    public override SeenResult TryAdd(in MessageId id, long position, long now, out long known)
    {
        if (Contains(id, now, out known))
            return SeenResult.Duplicate;

        var key = new MessageId(id.High, 0);
        var slot = _origins.Find(key, out var hash);
        if (slot == AgedTable<Origin>.None)
        {
            if (!MakeRoom())
                return SeenResult.Full;
            slot = _origins.Add(key, hash, _maxOrigins);
            _origins[slot].Numbers = new IntervalSet(id.Low);
        }
        else
        {
            CountClosed(_origins[slot].Numbers.Add(id.Low, _maxIntervals));
        }

        if (position >= 0)
        {
            _positions ??= new Dictionary<MessageId, long>(new IdHash.Comparer(_salt));
            _positions.Add(id, position);
            _origins[slot].InLog++;
            _origins.Hold(slot);
        }
        else if (_origins[slot].InLog == 0)
        {
            _origins.Rest(slot);
            _origins.Refresh(slot);
        }

        return SeenResult.New;
    }

    /// <inheritdoc/>
    public override bool Contains(in MessageId id, long now, out long known)
    {
        known = NoPosition;
        _origins.Advance(now);
        var slot = _origins.Find(new MessageId(id.High, 0));
        if (slot == AgedTable<Origin>.None)
            return false;
        ref var origin = ref _origins[slot];
        if (!origin.Numbers.Contains(id.Low))
            return false;
        _origins.Refresh(slot);
        if (origin.InLog > 0 && _positions!.TryGetValue(id, out var position))
            known = position;
        return true;
    }

    /// <inheritdoc/>
    public override void LeftLog(in MessageId id)
    {
        if (_positions is null || !_positions.Remove(id))
            return;
        var slot = _origins.Find(new MessageId(id.High, 0));
        if (--_origins[slot].InLog == 0)
            _origins.Rest(slot);
    }

    private bool MakeRoom()
    {
        for (var i = 0; i < ForgottenPerOrigin && _origins.Resting > 0 && _origins.IsExpired(_origins.Oldest); i++)
        {
            _origins.Remove(_origins.Oldest);
            ForgottenOrigins++;
        }

        return _origins.Count < _maxOrigins;
    }

    private void CountClosed(ulong ids)
    {
        var room = (ulong)(long.MaxValue - ClosedGapIds);
        ClosedGapIds = ids >= room ? long.MaxValue : ClosedGapIds + (long)ids;
    }

    private struct Origin
    {
        public IntervalSet Numbers;
        public int InLog;
    }
}
