namespace FloodActors.Core;

/// <summary>
/// The seen-set for <c>message-id = sequence</c>: for each origin, the intervals of the numbers seen. It remembers
/// every message of an origin for as long as it remembers the origin, in memory that grows with the number of
/// origins, not of messages.
/// </summary>
/// <remarks>
/// <para><b>Places.</b> The node's own origin always has one, besides the <c>maxOrigins</c> others. While there are
/// free places no origin is evicted, however long it is silent. An origin that comes when none is free takes the place
/// of the one that has been silent for longest, if that is more than <c>maxAgeMs</c> and none of that one's messages is
/// in the log: then the evicted origin's messages are new again, which <see cref="SeenSet.ForgottenOrigins"/> counts.
/// Otherwise the result is <see cref="SeenResult.Full"/>.</para>
/// <para><b>Shares.</b> Origins are easily made up. For a peer that has brought as many as there are free places,
/// none is free: one peer alone takes at most half, and a later peer still finds some. Switches share their memory
/// among ports in this way (Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet switches",
/// 1998).</para>
/// <para><b>Gaps.</b> Skipped numbers split an origin's intervals. With more than
/// <c>maxIntervalsPerOrigin</c> a gap is closed (see <see cref="IntervalSet"/>): its ids count as seen, and are not
/// delivered if they come after all. So "once" holds, and <see cref="ClosedGapIds"/> counts
/// what it may have cost.</para>
/// <para><b>Memory.</b> 73 bytes an origin without gaps, allocated as needed with at most half as much in reserve; 24
/// bytes for each further interval; and a dictionary of the messages now in the log. Nothing is allocated until the
/// first message. All origins together have at most four gaps for each place (or as many as one may have, if that is
/// more). An origin that needs one more then closes one of its own, but eight intervals are always allowed: so a peer
/// that makes up gaps in many names cannot take them from others.</para>
/// </remarks>
internal sealed class SeenIntervals : SeenSet
{
    /// <summary>
    /// The highest possible number. Numbers begin at 1, so this is a million a second for nine years.
    /// </summary>
    public const ulong HighestNumber = 1UL << 48;

    /// <summary>
    /// The farthest that a number may be ahead of the highest known one of its origin: for an origin that appends a
    /// million messages a second, everything that left all logs during twelve days without contact.
    /// </summary>
    public const ulong FarthestAhead = 1UL << 40;

    /// <summary>Gaps of all origins together, for each place.</summary>
    private const int GapsPerPlace = 4;

    /// <summary>Intervals that an origin may have, however many gaps the others have.</summary>
    private const int AlwaysAllowed = 8;

    // Keyed by the origin alone: (incarnation, 0).
    private readonly AgedTable<Origin> _origins;
    private readonly ulong _own;
    private readonly int _maxOrigins;
    private readonly int _maxIntervals;
    private readonly long _maxGaps;
    private readonly ulong _salt;
    private Dictionary<MessageId, long>? _positions;
    private Bringer[] _bringers = [];
    private long _gaps;
    private bool _hasOwn;

    /// <summary>Creates an empty set.</summary>
    /// <param name="own">The node's own origin.</param>
    /// <param name="maxOrigins">How many other origins are remembered. At least 1.</param>
    /// <param name="maxIntervalsPerOrigin">
    /// The most intervals of each. At least 1: then a number lower than the highest seen is never new.
    /// </param>
    /// <param name="maxAgeMs">After how many milliseconds of silence an origin may be forgotten. At least 1.</param>
    /// <param name="salt">Random, and unknown to the peers: see <see cref="IdHash"/>.</param>
    public SeenIntervals(ulong own, int maxOrigins, int maxIntervalsPerOrigin, long maxAgeMs, ulong salt)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxOrigins);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxIntervalsPerOrigin);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxAgeMs);
        _own = own;
        _maxOrigins = maxOrigins;
        _maxIntervals = maxIntervalsPerOrigin;
        _maxGaps = Math.Max(maxIntervalsPerOrigin, (long)GapsPerPlace * maxOrigins);
        _salt = salt;
        _origins = new AgedTable<Origin>(maxAgeMs, salt);
    }

    /// <inheritdoc/>
    public override int Count => _origins.Count;

    /// <summary>How many messages are in the log.</summary>
    public int InLog => _positions?.Count ?? 0;

    /// <summary>Slots allocated for origins.</summary>
    public int Capacity => _origins.Capacity;

    /// <summary>
    /// Ids that count as seen although they never came, because their gap was closed. It saturates at <see
    /// cref="long.MaxValue"/>.
    /// </summary>
    public long ClosedGapIds { get; private set; }

    /// <inheritdoc/>
    public override long GivenUp => ClosedGapIds;

    /// <inheritdoc/>
    public override SeenResult TryAdd(in MessageId id, long position, long now, out long known) =>
        TryAdd(id, position, now, NoBringer, out known);

    /// <inheritdoc/>
    public override SeenResult TryAdd(in MessageId id, long position, long now, int bringer, out long known)
    {
        if (Contains(id, now, out known))
            return SeenResult.Duplicate;

        var key = new MessageId(id.High, 0);
        var slot = _origins.Find(key, out var hash);
        if (IsTooFarAhead(id.Low, slot))
            return SeenResult.TooFarAhead;
        if (slot == AgedTable<Origin>.None)
        {
            var isOwn = id.High == _own;
            if (!isOwn && MakeRoom(bringer) is not SeenResult.New and var refusal)
                return refusal;
            slot = _origins.Add(key, hash, _maxOrigins + 1L);
            ref var added = ref _origins[slot];
            added.Numbers = new IntervalSet(id.Low);
            // As if one of its messages were always in the log: so it never rests and is never evicted.
            added.InLog = isOwn ? 1 : 0;
            added.Bringer = Bring(isOwn ? NoBringer : bringer);
            _hasOwn |= isOwn;
        }
        else
        {
            ref var numbers = ref _origins[slot].Numbers;
            var before = numbers.Count;
            CountClosed(numbers.Add(id.Low, MostIntervals(before)));
            _gaps += numbers.Count - before;
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
        if (origin.InLog > 0 && _positions is not null && _positions.TryGetValue(id, out var position))
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

    /// <inheritdoc/>
    public override void Disown(int bringer)
    {
        if (bringer >= _bringers.Length)
            return;
        _bringers[bringer].Origins = 0;
        _bringers[bringer].Generation++;
    }

    /// <summary>How many intervals an origin may have, given how many it has.</summary>
    private int MostIntervals(int now) =>
        _gaps < _maxGaps ? _maxIntervals : Math.Min(_maxIntervals, Math.Max(now, AlwaysAllowed));

    private bool IsTooFarAhead(ulong number, int slot)
    {
        if (number > HighestNumber)
            return true;
        if (slot == AgedTable<Origin>.None)
            return false;
        var highest = _origins[slot].Numbers.Highest;
        return number > highest && number - highest > FarthestAhead;
    }

    /// <summary>
    /// Returns <see cref="SeenResult.New"/> when there is a place for the origin that the peer brings.
    /// </summary>
    private SeenResult MakeRoom(int bringer)
    {
        var free = _maxOrigins - (_origins.Count - (_hasOwn ? 1 : 0));
        var brought = bringer >= 0 && bringer < _bringers.Length ? _bringers[bringer].Origins : 0;
        if (brought < free)
            return SeenResult.New;
        var oldest = _origins.Oldest;
        if (oldest == AgedTable<Origin>.None || !_origins.IsExpired(oldest))
            return free == 0 ? SeenResult.Full : SeenResult.ShareFull;

        LastForgotten = _origins.KeyOf(oldest).High;
        ForgottenOrigins++;
        Release(_origins[oldest].Bringer);
        _gaps -= _origins[oldest].Numbers.Count - 1;
        _origins.Remove(oldest);
        return SeenResult.New;
    }

    /// <summary>Notes that the peer brought an origin. Returns the value to store with the origin.</summary>
    private uint Bring(int bringer)
    {
        if (bringer < 0)
            return Origin.NobodyBroughtIt;
        if (bringer >= _bringers.Length)
            Array.Resize(ref _bringers, Math.Max(bringer + 1, Math.Min(2 * _bringers.Length, ushort.MaxValue)));
        _bringers[bringer].Origins++;
        return ((uint)_bringers[bringer].Generation << 16) | (ushort)bringer;
    }

    // The number may belong to another peer by now; then the generation differs, too.
    private void Release(uint noted)
    {
        if (noted == Origin.NobodyBroughtIt)
            return;
        ref var bringer = ref _bringers[(ushort)noted];
        if (bringer.Generation == noted >> 16 && bringer.Origins > 0)
            bringer.Origins--;
    }

    private void CountClosed(ulong ids)
    {
        var room = (ulong)(long.MaxValue - ClosedGapIds);
        ClosedGapIds = ids >= room ? long.MaxValue : ClosedGapIds + (long)ids;
    }

    private struct Origin
    {
        // No peer has this number: peers are numbered below max-peers, which is at most 65535.
        public const uint NobodyBroughtIt = uint.MaxValue;

        public IntervalSet Numbers;
        public int InLog;
        public uint Bringer;
    }

    private struct Bringer
    {
        public int Origins;
        public ushort Generation;
    }
}
