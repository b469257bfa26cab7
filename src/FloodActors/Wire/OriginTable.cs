namespace FloodActors.Wire;

/// <summary>
/// Numbers the origins in one direction of a link, and remembers the last message number of each, so that an id costs two or three bytes.
/// Both ends keep the same table because the stream is in order. It holds <see cref="RecordWriter.MaxOrigins"/> and then starts again.
/// </summary>
internal sealed class OriginTable
{
    private readonly Dictionary<ulong, int> _index = [];
    private readonly List<(ulong Origin, ulong Last)> _origins = [];

    public int Count => _origins.Count;

    public bool TryFind(ulong origin, out int index) => _index.TryGetValue(origin, out index);

    public int Add(ulong origin)
    {
        if (_origins.Count == RecordWriter.MaxOrigins)
        {
            _index.Clear();
            _origins.Clear();
        }
        _index[origin] = _origins.Count;
        _origins.Add((origin, 0));
        return _origins.Count - 1;
    }

    /// <summary>The writer's side: the difference to the origin's last number, which becomes <paramref name="number"/>.</summary>
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
        return new MessageId(origin, number);
    }
}
