namespace FloodActors.Host.Http;

/// <summary>
/// What pages show besides the node's state: the newest events, and how much each origin writes. One subscriber
/// of the flood serves all pages. Each page has a position here: a slow page skips events and costs no memory.
/// </summary>
internal sealed class PageFeed(TimeProvider time)
{
    /// <summary>Events kept: as many as the page shows.</summary>
    public const int MaxEvents = 200;

    /// <summary>Bytes of payloads kept, unless the newest alone has more.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Origins counted by name. Names are claimed, not proven, so a peer can make up any number.</summary>
    public const int MaxOrigins = 50;

    /// <summary>How long an origin must be silent until another may take its place.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Queue<FloodEvent> _events = new();
    private readonly Dictionary<string, OriginCount> _origins = [];
    private readonly DateTimeOffset _start = time.GetUtcNow();
    private long _first;
    private long _bytes;
    private long _others;

    /// <summary>Adds an event.</summary>
    public void Add(FloodEvent happened)
    {
        lock (_gate)
        {
            var message = MessageOf(happened);
            // Messages from before are shown, but do not count as written now.
            if (message is not null && message.Received >= _start) Count(message.Origin);
            _events.Enqueue(happened);
            _bytes += message?.Body.Length ?? 0;
            while (_events.Count > MaxEvents || (_bytes > MaxBytes && _events.Count > 1))
            {
                _bytes -= MessageOf(_events.Dequeue())?.Body.Length ?? 0;
                _first++;
            }
        }
    }

    /// <summary>The events since a position, as far as they are kept; the position advances.</summary>
    /// <param name="position">0 for a new page.</param>
    /// <param name="passedOver">Events that are no longer kept.</param>
    public FloodEvent[] Take(ref long position, out long passedOver)
    {
        lock (_gate)
        {
            passedOver = Math.Max(0, _first - position);
            var skip = (int)Math.Max(0, position - _first);
            position = _first + _events.Count;
            return [.. _events.Skip(skip)];
        }
    }

    /// <summary>Messages of each origin since the first page came.</summary>
    /// <param name="others">Messages of origins that have no place in the table.</param>
    public KeyValuePair<string, long>[] Origins(out long others)
    {
        lock (_gate)
        {
            others = _others;
            return [.. _origins.Select(origin => KeyValuePair.Create(origin.Key, origin.Value.Messages))];
        }
    }

    private static FloodMessage? MessageOf(FloodEvent happened) => happened switch
    {
        MessageReceived received => received.Message,
        MessageAppended appended => appended.Message,
        MessageUndecodable undecodable => undecodable.Message,
        _ => null,
    };

    private void Count(string origin)
    {
        var now = time.GetTimestamp();
        if (!_origins.TryGetValue(origin, out var count))
        {
            if (_origins.Count == MaxOrigins)
            {
                var (name, silent) = _origins.MinBy(other => other.Value.LastAt);
                if (time.GetElapsedTime(silent.LastAt, now) < Silence)
                {
                    _others++;
                    return;
                }
                _origins.Remove(name);
                _others += silent.Messages;
            }
            _origins.Add(origin, count = new OriginCount());
        }
        count.Messages++;
        count.LastAt = now;
    }

    private sealed class OriginCount
    {
        public long Messages { get; set; }

        public long LastAt { get; set; }
    }
}
