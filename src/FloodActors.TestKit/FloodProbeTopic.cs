using FloodActors.Actors;
using FloodActors.Wire;

namespace FloodActors.TestKit;

/// <summary>
/// A topic as a <see cref="FloodProbe"/> sees it: made by <see cref="FloodProbe.Topic{T}(string, IFloodCodec{T})"/>.
/// Expectations fail when something else happens first, also a message of another topic.
/// </summary>
/// <typeparam name="T">The type of the values.</typeparam>
/// <example><code>
/// var prices = probe.Topic&lt;Price&gt;("prices");
/// prices.Send(new Price("EUR/USD", 1.09m), key: "EUR/USD");
/// await prices.ExpectAsync(price => price.Rate > 1.09m, key: "EUR/USD");
/// </code></example>
public sealed class FloodProbeTopic<T>
{
    private readonly FloodProbe _probe;
    private readonly IFloodCodec<T> _codec;
    private readonly Subject _subject;
    private readonly TopicReader<T> _reader;

    internal FloodProbeTopic(FloodProbe probe, string name, IFloodCodec<T> codec)
    {
        ArgumentNullException.ThrowIfNull(codec);
        (_probe, _codec, Name) = (probe, codec, name);
        _subject = Subject.Of(name, codec.Name);
        _reader = new TopicReader<T>(codec);
    }

    /// <summary>The topic's name.</summary>
    public string Name { get; }

    /// <summary>Sends a value, as a node on which it was appended would.</summary>
    /// <param name="value">The value.</param>
    /// <param name="key">The key of which it becomes the latest value: it replaces all that the probe was given of it.
    /// Null for none.</param>
    /// <exception cref="ArgumentException">The key is empty, too long or not printable.</exception>
    public void Send(T value, string? key = null) => _probe.Send(
        TopicWriter.Write(_codec, value, key is null ? _subject : _subject.WithKey(key, removes: false)));

    /// <summary>Removes a key, as a node would.</summary>
    /// <exception cref="ArgumentException">The key is empty, too long or not printable.</exception>
    public void Remove(string key) => _probe.Send(TopicWriter.Removal(_subject, key));

    /// <summary>The next thing to happen is that a value of this topic comes, which its codec can read.</summary>
    /// <param name="matches">What it must be like; null for any.</param>
    /// <param name="key">The key that it must have; null for any or none.</param>
    /// <param name="timeout">By default the TestKit's.</param>
    public async Task<TopicMessage<T>> ExpectAsync(
        Predicate<T>? matches = null, string? key = null, TimeSpan? timeout = null)
    {
        TopicMessage<T>? read = null;
        await _probe.ExpectAsync(
            message => message is { IsRemoval: false } && message.Topic == Name && (key is null || message.Key == key)
                && _reader.TryRead(message, out read, out _) && matches?.Invoke(read.Value) != false,
            $"a {typeof(T).Name} as asked in the topic '{Name}'" + (key is null ? "" : $" with the key '{key}'"),
            timeout).ConfigureAwait(false);
        return read!;
    }

    /// <summary>The next thing to happen is that a key of this topic is removed.</summary>
    /// <param name="key">Which.</param>
    /// <param name="timeout">By default the TestKit's.</param>
    public Task ExpectRemovalAsync(string key, TimeSpan? timeout = null) => _probe.ExpectAsync(
        message => message.IsRemoval && message.Topic == Name && message.Key == key,
        $"the removal of '{key}' in the topic '{Name}'", timeout);
}
