using System.Buffers;

namespace FloodActors.Host.Http;

/// <summary>
/// The memory of all request bodies. When it does not suffice, the body that has been coming for longest makes room:
/// what comes slowly is what an attack is made of, and an honest body is there in a moment. Safe for any number of
/// threads.
/// </summary>
/// <param name="limit"><c>flood-http.body-bytes</c>.</param>
internal sealed class BodyBudget(long limit)
{
    /// <summary>The unit in which memory is taken.</summary>
    public const int SegmentSize = 16 << 10;

    private readonly Lock _gate = new();

    /// <summary>In the order in which they began.</summary>
    private readonly LinkedList<RequestBody> _unfinished = [];

    /// <summary>Memory of bodies that are over, for others to come. Garbage would lie beside the budget.</summary>
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

    /// <summary>Copies what came to a body; false when the body had, or has now, to make room for others.</summary>
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
            // The rest is taken by bodies that have come and are being turned into messages.
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

    /// <summary>The body is whole: it makes room for no other, and counts until it is released.</summary>
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
