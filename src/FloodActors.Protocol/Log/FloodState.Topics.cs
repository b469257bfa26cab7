using System.Text;
using FloodActors.Wire;

namespace FloodActors.Core;

/// <summary>A topic that subscribers of this node listen to.</summary>
internal sealed class WatchedTopic(byte[] name)
{
    public byte[] Name { get; } = name;

    /// <summary>
    /// Position of the newest message that may be of this topic: a cursor past it has nothing to look at.
    /// </summary>
    public long Last { get; set; }

    public List<ListenerCursor> Cursors { get; } = [];

    public bool Has(FloodMessage message) =>
        message.Header is { } header && MessageHeader.TopicOf(header).SequenceEqual(Name);
}

/// <summary>
/// The topics that a node has to know: those that have a subscriber here. All others are bytes in headers.
/// </summary>
internal sealed partial class FloodState
{
    private readonly Dictionary<byte[], WatchedTopic> _watched = new(Utf8Names.Comparer);

    private WatchedTopic Watch(string name)
    {
        var utf8 = Encoding.UTF8.GetBytes(name);
        if (!_watched.TryGetValue(utf8, out var topic)) _watched.Add(utf8, topic = new WatchedTopic(utf8));
        // Messages already in the log have not been sorted by topic.
        topic.Last = Log.Next - 1;
        return topic;
    }

    private void Unwatch(WatchedTopic topic, ListenerCursor listener)
    {
        topic.Cursors.Remove(listener);
        if (topic.Cursors.Count == 0) _watched.Remove(topic.Name);
    }

    private void NoteTopic(FloodMessage message)
    {
        if (_watched.Count == 0 || message.Header is not { } header) return;
        var name = MessageHeader.TopicOf(header);
        if (!name.IsEmpty && _watched.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out var topic))
            topic.Last = message.Position;
    }

    /// <summary>Moves a topic's listener to the next message of its topic, or to the end.</summary>
    private void PassOver(ListenerCursor listener)
    {
        if (listener.Topic is not { } topic) return;
        while (listener.Next <= topic.Last && !topic.Has(Log[listener.Next])) listener.Next++;
        if (listener.Next > topic.Last) listener.Next = Log.Next;
    }

    private long CountFor(ListenerCursor listener, long from, long to)
    {
        if (listener.Topic is not { } topic) return Math.Max(0, to - from);
        long count = 0;
        for (var position = from; position < to; position++)
            if (topic.Has(Log[position])) count++;
        return count;
    }
}
