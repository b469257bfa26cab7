using System.Buffers;

namespace FloodActors.Host.Http;

/// <summary>
/// The memory of all request bodies. When the budget is used up, the body that began first is evicted:
/// an attack consists of slow bodies, while an honest body is complete within moments.
/// Thread-safe.
/// </summary>
/// <param name="limit"><c>flood-http.body-bytes</c>.</param>
internal sealed class BodyBudget(long limit)
{
    /// <summary>The unit in which memory is taken.</summary>
    public const int SegmentSize = 16 << 10;

    private readonly Lock _gate = new();

    /// <summary>In the order in which they began.</summary>
    private readonly LinkedList<RequestBody> _unfinished = [];

    /// <summary>Memory of finished bodies, for later ones. As garbage it would not count in the budget.</summary>
    private readonly Stack<byte[]> _free = [];

    private long _used;

    /// <summary>Bytes taken.</summary>
    public long Used
    {
        get
        {
            lock (_gate) return _used;
        }
    }

    /// <summary>
    /// Copies bytes that arrived for a body; false when the body was evicted before, or is evicted
    /// now.
    /// </summary>
    public bool TryAppend(RequestBody body, in ReadOnlySequence<byte> bytes)
    {
        List<RequestBody>? evicted = null;
        bool isTaken;
        lock (_gate)
        {
            if (body.Place is null && !body.IsEvicted) body.Place = _unfinished.AddLast(body);
            var more = body.SegmentsFor(bytes.Length) * (long)SegmentSize;
            while (!body.IsEvicted && _used + more > limit && _unfinished.First is { Value: var oldest })
            {
                Remove(oldest);
                oldest.IsEvicted = true;
                if (oldest != body) (evicted ??= []).Add(oldest);
            }
            // The rest is taken by complete bodies that are being turned into messages.
            isTaken = !body.IsEvicted && _used + more <= limit;
            if (isTaken)
            {
                _used += more;
                body.Append(bytes, () => _free.TryPop(out var free) ? free : new byte[SegmentSize]);
            }
        }
        // Their memory is free already; their readers end when they run next.
        evicted?.ForEach(old => old.Evict());
        return isTaken;
    }

    /// <summary>The body is complete: it cannot be evicted any more, and counts until it is released.</summary>
    public void Keep(RequestBody body)
    {
        lock (_gate) RemoveFromOrder(body);
    }

    public void Release(RequestBody body)
    {
        lock (_gate) Remove(body);
    }

    private void Remove(RequestBody body)
    {
        RemoveFromOrder(body);
        foreach (var segment in body.Clear())
        {
            _free.Push(segment);
            _used -= SegmentSize;
        }
        if (_used == 0) _free.Clear();
    }

    private void RemoveFromOrder(RequestBody body)
    {
        if (body.Place is { } place) _unfinished.Remove(place);
        body.Place = null;
    }
}
