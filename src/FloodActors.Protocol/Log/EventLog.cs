namespace FloodActors.Core;

/// <summary>
/// The newest events of a node, in a ring of fixed size, each with the log position at which it happened. So every
/// subscriber is told of messages and events in the order in which they happened. A subscriber that is too slow loses
/// the oldest events and is told how many.
/// </summary>
/// <remarks>
/// Events that a peer can cause with every message it sends, or with every message it is not sent, are only
/// counted: see <see cref="EventTally"/>. So no peer can push the events of others out of the ring.
/// </remarks>
/// <param name="capacity">Events held.</param>
/// <param name="now">Milliseconds of the monotonic clock.</param>
internal sealed class EventLog(int capacity, Func<long> now)
{
    private readonly EventTally _tally = new();
    private (FloodEvent Event, long Position)[] _ring = [];

    /// <summary>Number of the oldest event still held.</summary>
    public long First => Math.Max(0, Next - capacity);

    /// <summary>Number that the next event gets.</summary>
    public long Next { get; private set; }

    /// <summary>
    /// Called with every event, also those that leave the ring before any subscriber reads them, and those that are
    /// only counted.
    /// </summary>
    public Action<FloodEvent>? Observer { get; set; }

    public FloodEvent this[long number] => _ring[number % _ring.Length].Event;

    public long PositionOf(long number) => _ring[number % _ring.Length].Position;

    public void Raise(FloodEvent @event, long position)
    {
        if (_tally.Take(@event, now()) is { } told) Put(told, position);
        Observer?.Invoke(@event);
    }

    /// <summary>Time passes: the counts of the last second are told.</summary>
    public void Tick(long position)
    {
        foreach (var told in _tally.Due(now())) Put(told, position);
    }

    /// <summary>A peer is about to be disconnected: its counts are told first.</summary>
    public void TellOf(string peer, long position)
    {
        foreach (var told in _tally.Of(peer, now())) Put(told, position);
    }

    private void Put(FloodEvent @event, long position)
    {
        if (Next == _ring.Length && _ring.Length < capacity)
            Array.Resize(ref _ring, Math.Min(capacity, Math.Max(8, _ring.Length * 2)));
        _ring[Next++ % _ring.Length] = (@event, position);
    }
}
