namespace FloodActors.Core;

/// <summary>
/// Counts the events that a peer can cause as often as it likes, so that each costs only a counter, and there is one
/// event a second: the first of a peer and a topic is told at once, and after that, once a second, the last one with
/// the count.
/// </summary>
internal sealed class EventTally
{
    internal const long QuietMs = 1000;

    private readonly Dictionary<Key, Row> _rows = [];

    /// <summary>Peers and topics of the last second.</summary>
    public int Count => _rows.Count;

    /// <summary>What to tell now; null when the event is only counted.</summary>
    public FloodEvent? Take(FloodEvent @event, long now)
    {
        if (KeyOf(@event) is not { } key) return @event;
        if (!_rows.TryGetValue(key, out var row))
        {
            _rows.Add(key, new Row { ToldAt = now });
            return @event;
        }
        row.Latest = @event;
        row.Count++;
        return now - row.ToldAt >= QuietMs ? row.Tell(now) : null;
    }

    /// <summary>The counts that have waited for a second.</summary>
    public IReadOnlyList<FloodEvent> Due(long now)
    {
        if (_rows.Count == 0) return [];
        List<FloodEvent> due = [];
        foreach (var (key, row) in _rows)
        {
            if (now - row.ToldAt < QuietMs) continue;
            if (row.Count > 0) due.Add(row.Tell(now));
            else _rows.Remove(key);
        }
        return due;
    }

    /// <summary>The counts of a peer that have not been told.</summary>
    public IReadOnlyList<FloodEvent> Of(string peer, long now)
    {
        if (_rows.Count == 0) return [];
        List<FloodEvent> told = [];
        foreach (var (key, row) in _rows)
            if (key.Peer == peer && row.Count > 0) told.Add(row.Tell(now));
        return told;
    }

    private static Key? KeyOf(FloodEvent @event) => @event switch
    {
        MessageRefused refused => new Key(typeof(MessageRefused), refused.Peer, refused.Topic),
        MessageNotSent notSent => new Key(typeof(MessageNotSent), notSent.Peer, notSent.Topic),
        OriginForgotten => new Key(typeof(OriginForgotten), "", default),
        _ => null,
    };

    private readonly record struct Key(Type Event, string Peer, EventTopic Topic);

    private sealed class Row
    {
        public FloodEvent Latest { get; set; } = null!;

        public long Count { get; set; }

        public long ToldAt { get; set; }

        public FloodEvent Tell(long now)
        {
            FloodEvent told = Latest switch
            {
                MessageRefused refused => refused with { Count = Count },
                MessageNotSent notSent => notSent with { Count = Count },
                OriginForgotten forgotten => forgotten with { Count = Count },
                _ => throw new InvalidOperationException($"{Latest.GetType()} is not counted."),
            };
            (Count, ToldAt) = (0, now);
            return told;
        }
    }
}
