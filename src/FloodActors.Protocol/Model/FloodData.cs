using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace FloodActors;

/// <summary>
/// A snapshot of a node's messages, oldest first, each keyed by the local time at which it was received. It does not
/// change, and nothing can be written to it.
/// </summary>
public sealed class FloodData : IReadOnlyDictionary<DateTimeOffset, FloodMessage>
{
    private readonly FloodMessage[] _messages;

    internal FloodData(FloodMessage[] messages, FloodMessage[]? latest = null) =>
        (_messages, Latest) = (messages, latest ?? []);

    /// <summary>How many messages there are.</summary>
    public int Count => _messages.Length;

    /// <summary>The messages, oldest first.</summary>
    public IReadOnlyList<FloodMessage> Messages => _messages;

    /// <summary>
    /// The latest value of each key, in the order in which they came; removed keys have none. They are no part of
    /// <see cref="Messages"/>.
    /// </summary>
    public IReadOnlyList<FloodMessage> Latest { get; }

    /// <inheritdoc/>
    public IEnumerable<DateTimeOffset> Keys => _messages.Select(message => message.Received);

    /// <inheritdoc/>
    public IEnumerable<FloodMessage> Values => _messages;

    /// <inheritdoc/>
    public FloodMessage this[DateTimeOffset key] =>
        TryGetValue(key, out var message)
            ? message
            : throw new KeyNotFoundException($"No message was received at {key:O}.");

    /// <inheritdoc/>
    public bool ContainsKey(DateTimeOffset key) => TryGetValue(key, out _);

    /// <inheritdoc/>
    public bool TryGetValue(DateTimeOffset key, [MaybeNullWhen(false)] out FloodMessage value)
    {
        var (low, high) = (0, _messages.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = _messages[middle].ReceivedTicks.CompareTo(key.UtcTicks);
            if (order == 0)
            {
                value = _messages[middle];
                return true;
            }
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        value = null;
        return false;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<DateTimeOffset, FloodMessage>> GetEnumerator()
    {
        foreach (var message in _messages)
            yield return new KeyValuePair<DateTimeOffset, FloodMessage>(message.Received, message);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
