namespace FloodActors.Simulation;

/// <summary>The kind of an event at a moment of virtual time.</summary>
internal enum Happening : byte
{
    Arrival,
    Tick,
    Wake,
    Append,
    FaultBegins,
    FaultEnds,
    UseBegins,
    UseEnds,
    Later,
    Heal,
    Look,
}

/// <summary>
/// An event of the simulation. Two events at the same time happen in the order in which they were planned.
/// </summary>
/// <param name="Time">Microseconds of virtual time.</param>
/// <param name="Order">The running number that breaks ties.</param>
/// <param name="What">The kind.</param>
/// <param name="Index">A node, or the number of an append or a fault.</param>
/// <param name="Body">What arrives, or whose timer it is.</param>
internal readonly record struct Planned(long Time, long Order, Happening What, int Index, object? Body)
{
    public bool IsBefore(in Planned other) => Time < other.Time || (Time == other.Time && Order < other.Order);
}

/// <summary>
/// The planned events, earliest first: a heap in which each entry has four children, flatter and better for caches than
/// two.
/// </summary>
internal sealed class PriorityQueue
{
    private Planned[] _heap = new Planned[256];
    private long _order;

    public int Count { get; private set; }

    public void Plan(long time, Happening what, int index, object? body = null)
    {
        if (Count == _heap.Length) Array.Resize(ref _heap, Count * 2);
        var added = new Planned(time, _order++, what, index, body);
        var at = Count++;
        while (at > 0)
        {
            var parent = (at - 1) / 4;
            if (!added.IsBefore(_heap[parent])) break;
            _heap[at] = _heap[parent];
            at = parent;
        }
        _heap[at] = added;
    }

    public Planned Take()
    {
        var first = _heap[0];
        var last = _heap[--Count];
        _heap[Count] = default;
        if (Count == 0) return first;
        var at = 0;
        while (true)
        {
            var child = (at * 4) + 1;
            if (child >= Count) break;
            var least = child;
            for (var other = child + 1; other < Math.Min(child + 4, Count); other++)
                if (_heap[other].IsBefore(_heap[least])) least = other;
            if (!_heap[least].IsBefore(last)) break;
            _heap[at] = _heap[least];
            at = least;
        }
        _heap[at] = last;
        return first;
    }
}
