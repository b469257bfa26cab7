namespace FloodActors.Core;

/// <summary>
/// The newest events of a node, in a ring of fixed size, each with the log position at which it happened. So every
/// subscriber is told of messages and events in the order in which they happened. A subscriber that is too slow loses
/// the oldest events and is told how many.
/// </summary>
internal sealed class EventLog(int capacity)
{
    private (FloodEvent Event, long Position)[] _ring = [];

    /// <summary>Number of the oldest event still held.</summary>
    public long First => Math.Max(0, Next - capacity);

    /// <summary>Number that the next event gets.</summary>
    public long Next { get; private set; }

    /// <summary>Told of every event, also those that leave the ring before any subscriber reads them.</summary>
    public Action<FloodEvent>? Observer { get; set; }

    public FloodEvent this[long number] => _ring[number % _ring.Length].Event;

    public long PositionOf(long number) => _ring[number % _ring.Length].Position;

    public void Raise(FloodEvent @event, long position)
    {
        if (Next == _ring.Length && _ring.Length < capacity)
            Array.Resize(ref _ring, Math.Min(capacity, Math.Max(8, _ring.Length * 2)));
        _ring[Next++ % _ring.Length] = (@event, position);
        Observer?.Invoke(@event);
    }
}
