using System.Diagnostics.CodeAnalysis;

namespace FloodActors.Wire;

/// <summary>
/// Numbers the origins in one direction of a link, and remembers the last message number of each, so that an origin
/// costs a byte or two and a sequence id costs two or three. Both ends have the same table because the stream is in
/// order. It is bounded in origins and in bytes of names; when one more origin would exceed a bound, both ends clear
/// the table.
/// </summary>
internal sealed class OriginTable
{
    /// <summary>Origins numbered at a time.</summary>
    internal const int MaxOrigins = 4096;

    /// <summary>Bytes of their names, as they count in memory.</summary>
    internal const int MaxBytes = 128 << 10;

    private readonly Dictionary<Origin, int> _index = new(ByHash.Instance);
    private readonly List<(Origin Origin, ulong Last)> _origins = [];
    private Origin? _latest;
    private int _latestIndex;
    private int _bytes;

    public int Count => _origins.Count;

    public bool TryFind(Origin origin, out int index)
    {
        // Messages of one origin mostly follow each other, and share one object.
        index = _latestIndex;
        if (ReferenceEquals(origin, _latest)) return true;
        if (!_index.TryGetValue(origin, out index)) return false;
        (_latest, _latestIndex) = (origin, index);
        return true;
    }

    public Origin this[int index] => _origins[index].Origin;

    public int Add(Origin origin)
    {
        if (_origins.Count == MaxOrigins || _bytes + origin.Weight > MaxBytes)
        {
            _index.Clear();
            _origins.Clear();
            (_latest, _bytes) = (null, 0);
        }
        _bytes += origin.Weight;
        _index[origin] = _origins.Count;
        _origins.Add((origin, 0));
        return _origins.Count - 1;
    }

    /// <summary>
    /// The writer's side: the difference to the origin's last number, which becomes <paramref name="number"/>.
    /// </summary>
    public long Advance(int index, ulong number)
    {
        var (origin, last) = _origins[index];
        _origins[index] = (origin, number);
        return unchecked((long)(number - last));
    }

    /// <summary>The reader's side: the id that a difference stands for.</summary>
    public MessageId Resolve(int index, long difference)
    {
        var (origin, last) = _origins[index];
        var number = unchecked(last + (ulong)difference);
        _origins[index] = (origin, number);
        return new MessageId(origin.Incarnation, number);
    }

    /// <summary>
    /// A hash with the salt of the process: origins come from other nodes, and a hostile node could make up thousands
    /// that share a hash without salt, with one incarnation or with many.
    /// </summary>
    internal static int Hash(Origin origin) => HashCode.Combine(
        (uint)origin.Incarnation, (uint)(origin.Incarnation >> 32),
        origin.Name.GetHashCode(StringComparison.Ordinal), origin.Stream.GetHashCode(StringComparison.Ordinal));

    private sealed class ByHash : IEqualityComparer<Origin>
    {
        public static ByHash Instance { get; } = new();

        public bool Equals(Origin? x, Origin? y) => ReferenceEquals(x, y) || (x is not null && x.Equals(y));

        public int GetHashCode(Origin origin) => Hash(origin);
    }
}
