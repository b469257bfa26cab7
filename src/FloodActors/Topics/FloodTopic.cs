using System.Runtime.CompilerServices;
using Akka.Actor;
using FloodActors.Actors;
using FloodActors.Wire;

namespace FloodActors;

/// <summary>
/// A topic of a flood, with values of one type: see <see cref="Flood.Topic{T}(string, IFloodCodec{T})"/>. Creating a
/// topic costs nothing, and sends nothing until a value is appended. All topics share the flood's log, links and
/// limits. Every node forwards all topics, and a subscriber receives only its own.
/// </summary>
/// <typeparam name="T">The type of the values.</typeparam>
/// <example><code>
/// var prices = flood.Topic("prices", Json.Default.Price);
/// await prices.Subscribe(actor);             // the actor gets TopicMessage&lt;Price&gt;
/// await prices.AppendAsync(new Price("EUR/USD", 1.09m));
/// </code></example>
public sealed class FloodTopic<T>
{
    private readonly Subject _subject;
    private readonly TopicReader<T> _reader;

    internal FloodTopic(Flood flood, string name, IFloodCodec<T> codec)
    {
        ArgumentNullException.ThrowIfNull(codec);
        (Flood, Name, Codec) = (flood, name, codec);
        _subject = Subject.Of(name, codec.Name);
        _reader = new TopicReader<T>(codec);
    }

    /// <summary>The flood it is a topic of.</summary>
    public Flood Flood { get; }

    /// <summary>The topic's name.</summary>
    public string Name { get; }

    /// <summary>What turns its values into bytes and back.</summary>
    public IFloodCodec<T> Codec { get; }

    /// <summary>
    /// Appends a value: <see cref="Flood.AppendAsync(FloodPayload)"/> with a topic. With a key it becomes the key's
    /// latest value and replaces the earlier one on every node; nodes that are behind or join later get only the
    /// latest.
    /// </summary>
    /// <param name="value">The value.</param>
    /// <param name="key">At most 128 bytes of UTF-8.</param>
    /// <exception cref="ArgumentException">The key is empty, too long or not printable.</exception>
    /// <returns><see cref="Appended"/>, or <see cref="Rejected"/> with the reason, such as an exception of the
    /// codec.</returns>
    public Task<AppendResult> AppendAsync(T value, string? key = null) =>
        TryEncode(value, SubjectOf(key), out var payload, out var rejection)
            ? Flood.AppendAsync(payload!)
            : Task.FromResult<AppendResult>(new Rejected(rejection!));

    /// <summary>Appends a value without waiting for anything.</summary>
    /// <inheritdoc cref="AppendAsync"/>
    /// <returns>Null if the message was accepted for the log, else the reason why not.</returns>
    public FloodRejection? Append(T value, string? key = null) =>
        TryEncode(value, SubjectOf(key), out var payload, out var rejection) ? Flood.Append(payload!) : rejection;

    /// <summary>
    /// Removes a key, on every node. Subscribers receive the removal like a value; see
    /// <see cref="TopicMessage{T}.IsRemoval"/>.
    /// </summary>
    /// <param name="key">The key. Removing one that has no value is not an error.</param>
    public Task<AppendResult> RemoveAsync(string key) =>
        Flood.AppendAsync(TopicWriter.Removal(_subject, key));

    /// <summary>The latest value of a key on this node; null when it has none.</summary>
    /// <exception cref="UndecodablePayloadException">There is one, and it cannot be read.</exception>
    public async Task<TopicMessage<T>?> LatestAsync(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var message = await Flood.Read(node => node.State.LatestOf(Name, key)).ConfigureAwait(false);
        return message is null ? null : Read(message);
    }

    /// <summary>The latest value of each key on this node, in the order of their arrival.</summary>
    /// <exception cref="UndecodablePayloadException">One of them cannot be read.</exception>
    public async Task<IReadOnlyList<TopicMessage<T>>> LatestAsync()
    {
        var messages = await Flood.Read(node => node.State.Latest(Name)).ConfigureAwait(false);
        return [.. messages.Select(Read)];
    }

    /// <summary>
    /// Sends the topic's messages to an actor, as <see cref="TopicMessage{T}"/>, until it stops or the subscription is
    /// disposed of. Besides these it gets <see cref="SubscriberLagged"/>, <see cref="ValuesSpared"/> and
    /// <see cref="MessageUndecodable"/>, and no
    /// other events. It is paced like a subscriber of the whole flood.
    /// </summary>
    /// <param name="subscriber">An actor of this system.</param>
    /// <param name="replay">Begin with the topic's messages that are in <c>data</c> already, and the latest of each
    /// key.</param>
    /// <exception cref="ArgumentException">The actor is on another system.</exception>
    public Task<IAsyncDisposable> Subscribe(IActorRef subscriber, bool replay = false)
    {
        Flood.ThrowIfElsewhere(subscriber);
        return Flood.AddListener(new TopicActorSink<T>(subscriber, _reader), false, replay, Name);
    }

    /// <summary>Calls a function on each of the topic's messages, one at a time, in order.</summary>
    /// <param name="onMessage">Called for messages of peers and for those appended here.</param>
    /// <param name="onEvent">Called with <see cref="SubscriberLagged"/>, <see cref="ValuesSpared"/> and
    /// <see cref="MessageUndecodable"/>.</param>
    /// <param name="replay">Begin with the topic's messages that are in <c>data</c> already, and the latest of each
    /// key.</param>
    /// <returns>Dispose of it to end the calls.</returns>
    public Task<IAsyncDisposable> Listen(
        Action<TopicMessage<T>> onMessage, Action<FloodEvent>? onEvent = null, bool replay = false)
    {
        ArgumentNullException.ThrowIfNull(onMessage);
        return Flood.AddListener(new TopicCallbackSink<T>(onMessage, onEvent, _reader), false, replay, Name);
    }

    /// <summary>The topic's messages from now on, for <c>await foreach</c>. A slow reader lags.</summary>
    /// <param name="replay">Begin with the topic's messages that are in <c>data</c> already, and the latest of each
    /// key.</param>
    /// <param name="onEvent">Called with <see cref="SubscriberLagged"/>, <see cref="ValuesSpared"/> and
    /// <see cref="MessageUndecodable"/>; it must
    /// not block.</param>
    /// <param name="cancellation">Ends the enumeration.</param>
    public async IAsyncEnumerable<TopicMessage<T>> MessagesAsync(
        bool replay = false, Action<FloodEvent>? onEvent = null,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var sink = new TopicChannelSink<T>(Flood.Settings.ListenerBatch, onEvent, _reader);
        await using var subscription = await Flood.AddListener(sink, false, replay, Name).ConfigureAwait(false);
        await foreach (var message in sink.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            sink.AfterRead();
            yield return message;
        }
    }

    private Subject SubjectOf(string? key) => key is null ? _subject : _subject.WithKey(key, removes: false);

    private TopicMessage<T> Read(FloodMessage message) =>
        _reader.TryRead(message, out var read, out var flaw)
            ? read : throw new UndecodablePayloadException(flaw.Reason);

    private bool TryEncode(T value, Subject subject, out FloodPayload? payload, out FloodRejection? rejection)
    {
        ArgumentNullException.ThrowIfNull(value);
        (payload, rejection) = (null, null);
        try
        {
            payload = TopicWriter.Write(Codec, value, subject);
            return true;
        }
        // A codec is the application's code, and may throw what it likes.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            rejection = new FloodRejection(
                RejectReason.NotSerializable,
                $"The codec '{Codec.Name}' cannot write this {typeof(T)} for '{Name}': {e.Message}");
            Flood.Reject(rejection);
            return false;
        }
    }
}
