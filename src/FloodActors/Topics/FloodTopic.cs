using System.Buffers;
using System.Runtime.CompilerServices;
using Akka.Actor;
using FloodActors.Actors;
using FloodActors.Wire;

namespace FloodActors;

/// <summary>
/// A topic of a flood, with values of one type: made by <see cref="Flood.Topic{T}(string, IFloodCodec{T})"/>. It costs
/// nothing to make one, and nothing on the wire until something is appended. All topics share the flood's log, links
/// and limits; every node carries them all, and a subscriber is told of its own alone.
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
    private readonly PayloadKind _kind;

    internal FloodTopic(Flood flood, string name, IFloodCodec<T> codec)
    {
        ArgumentNullException.ThrowIfNull(codec);
        (Flood, Name, Codec) = (flood, name, codec);
        _subject = Subject.Of(name, codec.Name);
        _reader = new TopicReader<T>(codec);
        _kind = codec.Name switch
        {
            "text" => PayloadKind.Text,
            "json" => PayloadKind.Json,
            _ => PayloadKind.Bytes,
        };
    }

    /// <summary>The flood it is a topic of.</summary>
    public Flood Flood { get; }

    /// <summary>The topic's name.</summary>
    public string Name { get; }

    /// <summary>What turns its values into bytes and back.</summary>
    public IFloodCodec<T> Codec { get; }

    /// <summary>Appends a value: <see cref="Flood.AppendAsync(FloodPayload)"/> with a topic.</summary>
    /// <returns><see cref="Appended"/>, or <see cref="Rejected"/> with the reason, which may be what the codec
    /// threw.</returns>
    public Task<AppendResult> AppendAsync(T value) =>
        TryEncode(value, _subject, out var payload, out var rejection)
            ? Flood.AppendAsync(payload!)
            : Task.FromResult<AppendResult>(new Rejected(rejection!));

    /// <summary>Appends a value without waiting for anything.</summary>
    /// <returns>Null when it is on its way into the log, else why it was not accepted.</returns>
    public FloodRejection? Append(T value) =>
        TryEncode(value, _subject, out var payload, out var rejection) ? Flood.Append(payload!) : rejection;

    /// <summary>
    /// Sends the topic's messages to an actor, as <see cref="TopicMessage{T}"/>, until it stops or the subscription is
    /// disposed of. Besides these it gets <see cref="SubscriberLagged"/> and <see cref="MessageUndecodable"/>, and no
    /// other events. It is paced like a subscriber of the whole flood.
    /// </summary>
    /// <param name="subscriber">An actor of this system.</param>
    /// <param name="replay">Begin with the topic's messages that are in <c>data</c> already.</param>
    /// <exception cref="ArgumentException">The actor is on another system.</exception>
    public Task<IAsyncDisposable> Subscribe(IActorRef subscriber, bool replay = false)
    {
        Flood.ThrowIfElsewhere(subscriber);
        return Flood.AddListener(new TopicActorSink<T>(subscriber, _reader), false, replay, Name);
    }

    /// <summary>Calls a function on each of the topic's messages, one at a time, in order.</summary>
    /// <param name="onMessage">Called with what was appended here, too.</param>
    /// <param name="onEvent">Called with <see cref="SubscriberLagged"/> and <see cref="MessageUndecodable"/>.</param>
    /// <param name="replay">Begin with the topic's messages that are in <c>data</c> already.</param>
    /// <returns>Dispose of it to end the calls.</returns>
    public Task<IAsyncDisposable> Listen(
        Action<TopicMessage<T>> onMessage, Action<FloodEvent>? onEvent = null, bool replay = false)
    {
        ArgumentNullException.ThrowIfNull(onMessage);
        return Flood.AddListener(new TopicCallbackSink<T>(onMessage, onEvent, _reader), false, replay, Name);
    }

    /// <summary>The topic's messages from now on, for <c>await foreach</c>. A slow reader lags.</summary>
    /// <param name="replay">Begin with the topic's messages that are in <c>data</c> already.</param>
    /// <param name="onEvent">Called with <see cref="SubscriberLagged"/> and <see cref="MessageUndecodable"/>; it must
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

    private bool TryEncode(T value, Subject subject, out FloodPayload? payload, out FloodRejection? rejection)
    {
        ArgumentNullException.ThrowIfNull(value);
        (payload, rejection) = (null, null);
        if (Codec is ObjectCodec<T>)
        {
            payload = FloodPayload.Object(value).In(subject);
            return true;
        }
        var body = new ArrayBufferWriter<byte>(256);
        try
        {
            Codec.Encode(value, body);
            payload = FloodPayload.Encoded(_kind, body.WrittenSpan.ToArray(), subject);
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
