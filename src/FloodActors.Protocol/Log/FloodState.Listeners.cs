namespace FloodActors.Core;

/// <summary>
/// The position of one subscriber, or of the callbacks. A slow subscriber costs only this object, and lags like a peer.
/// </summary>
internal sealed class ListenerCursor(bool wantsDrops, WatchedTopic? topic = null)
{
    /// <summary>It is told of the messages of this topic, and of no events; null for everything.</summary>
    public WatchedTopic? Topic { get; } = topic;

    /// <summary>The next message to tell of.</summary>
    public long Next { get; set; }

    /// <summary>The next message to tell of as dropped.</summary>
    public long NextDrop { get; set; }

    /// <summary>The next event to tell of.</summary>
    public long NextEvent { get; set; }

    /// <summary>Whether drops are told; only then are dropped messages kept for it.</summary>
    public bool WantsDrops { get; } = wantsDrops;

    /// <summary>Keys whose latest value it is still to be told; null while there have been none.</summary>
    public DueKeys? Due { get; set; }

    /// <summary>Whether the next notice is to be of a key, if one is due: the two lanes alternate.</summary>
    public bool KeysNext { get; set; }

    /// <summary>Its demand: how many notices it has asked for and not been given.</summary>
    public int Room { get; set; }

    /// <summary>Messages, drops and events passed over because it was too slow, not yet reported to it.</summary>
    public long Skipped { get; set; }

    /// <summary>The oldest message that it still needs.</summary>
    public long Needs => WantsDrops ? Math.Min(Next, NextDrop) : Next;
}

/// <summary>One thing to tell: a message that is new, a message that was dropped, or an event.</summary>
internal readonly record struct FloodNotice(FloodMessage? Message, FloodEvent? Event, bool IsDrop);

/// <summary>The subscribers' side of a node.</summary>
internal sealed partial class FloodState
{
    private readonly List<ListenerCursor> _listeners = [];
    private readonly List<ListenerCursor> _openListeners = []; // those that listen to all topics

    public int ListenerCount => _listeners.Count;

    /// <summary>
    /// Adds a subscriber, from now on or, with <paramref name="replay"/>, from the oldest message of <c>data</c>; with
    /// a topic's name, to that topic only.
    /// </summary>
    public ListenerCursor AddListener(bool wantsDrops, bool replay, string? topic = null)
    {
        var listener = new ListenerCursor(wantsDrops && topic is null, topic is null ? null : Watch(topic))
        {
            Next = replay ? Log.DataStart : Log.Next,
            NextDrop = Log.DataStart,
            NextEvent = Events.Next,
        };
        _listeners.Add(listener);
        if (listener.Topic is null) _openListeners.Add(listener);
        else listener.Topic.Cursors.Add(listener);
        if (!replay) return listener;
        foreach (var entry in _keys.Values)
        {
            if (!entry.IsRemoved && (listener.Topic is null || IsOf(entry, listener.Topic.Name)))
                Tell(listener, entry);
        }
        return listener;
    }

    public void RemoveListener(ListenerCursor listener)
    {
        if (!_listeners.Remove(listener)) return;
        if (listener.Topic is { } topic) Unwatch(topic, listener);
        else _openListeners.Remove(listener);
    }

    /// <summary>
    /// Hands out what the subscriber is to be told next, at most <see cref="ListenerCursor.Room"/> notices: messages in
    /// log order, every event before the messages that came after it, every drop after its message. Returns
    /// whether there was anything.
    /// </summary>
    public bool Pull(ListenerCursor listener, List<FloodNotice> into)
    {
        if (listener.Room <= 0) return false;
        var start = into.Count;
        if (listener.Topic is not null) listener.NextEvent = Events.Next;
        if (listener.NextEvent < Events.First)
        {
            var lost = Events.First - listener.NextEvent;
            listener.Skipped += lost;
            Counters.EventsLost += lost;
            listener.NextEvent = Events.First;
        }
        if (listener.Skipped > 0)
        {
            into.Add(new FloodNotice(null, new SubscriberLagged(listener.Skipped), false));
            listener.Skipped = 0;
        }
        if (listener.Due is { Spared: > 0 } due)
        {
            into.Add(new FloodNotice(null, new ValuesSpared(due.Spared), false));
            due.Spared = 0;
        }
        while (into.Count - start < listener.Room && Next(listener, out var notice)) into.Add(notice);
        if (into.Count == start) return false;
        listener.Room = 0;
        return true;
    }

    private bool Next(ListenerCursor listener, out FloodNotice notice)
    {
        PassOver(listener);
        listener.KeysNext = !listener.KeysNext;
        if (listener.KeysNext && NextKey(listener, out notice)) return true;
        if (listener.NextEvent < Events.Next && Events.PositionOf(listener.NextEvent) <= listener.Next)
            notice = new FloodNotice(null, Events[listener.NextEvent++], false);
        else if (listener.WantsDrops && listener.NextDrop < Math.Min(Log.DataStart, listener.Next))
            notice = new FloodNotice(Log[listener.NextDrop++], null, true);
        else if (listener.Next < Log.Next)
            notice = new FloodNotice(Log[listener.Next++], null, false);
        else
            return NextKey(listener, out notice);
        return true;
    }

    private long SlowestListener()
    {
        var slowest = long.MaxValue;
        foreach (var listener in _listeners)
        {
            PassOver(listener);
            slowest = Math.Min(slowest, listener.Needs);
        }
        return slowest;
    }

    private void SkipListenersTo(long floor)
    {
        foreach (var listener in _listeners)
        {
            var skipped = CountFor(listener, listener.Next, floor);
            if (listener.WantsDrops) skipped += Math.Max(0, floor - listener.NextDrop);
            listener.Next = Math.Max(listener.Next, floor);
            listener.NextDrop = Math.Max(listener.NextDrop, floor);
            listener.Skipped += skipped;
            Counters.SubscriberSkipped += skipped;
        }
    }
}
