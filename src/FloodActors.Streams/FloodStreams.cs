using System.Runtime.InteropServices;
using System.Text.Json;
using Akka.Streams.Dsl;

namespace FloodActors.Streams;

/// <summary><c>createStream</c>: a flood's link to a peer as an Akka.Streams <see cref="Flow"/>.</summary>
/// <remarks>
/// What goes into the flow comes from the peer; what comes out of it is for the peer. Each materialisation is one peer:
/// it connects when it starts and is disconnected, with a reason, when either side completes or fails. It is
/// backpressured both ways: the next values are taken from the peer when the flood has the previous ones, and messages
/// wait in the flood's log, at the peer's cursor, until the stream asks for them; <c>flood.on-lag</c> decides about
/// a peer that is <c>flood.max-lag</c> behind, as for any other peer. A value counts as taken by the peer when the
/// stream asks for the next: what was in a socket's buffers when the connection broke is sent again only if it is still
/// in memory then.
/// </remarks>
public static class FloodStreams
{
    /// <summary>A stream of payloads of every kind: payloads in, messages out.</summary>
    /// <param name="flood">The flood.</param>
    /// <param name="id">
    /// Names the peer in <c>OnConnect</c> and <c>OnDisconnect</c>. It is mandatory and unique among the node's peers;
    /// the stream fails if the id is taken.
    /// </param>
    /// <param name="options">Catch-up and other options.</param>
    /// <exception cref="ArgumentException">The id is missing or empty.</exception>
    public static Flow<FloodPayload, FloodMessage, FloodStream> CreateStream(
        this Flood flood, string id, FloodStreamOptions? options = null) =>
        Create(
            flood, id, options, PayloadKinds.All,
            new StreamCodec<FloodPayload, FloodMessage>(payload => payload, _ => null, message => message));

    /// <summary>
    /// A stream of texts. Only text is sent: a JSON value sent as text would come back as another message.
    /// </summary>
    /// <inheritdoc cref="CreateStream"/>
    public static Flow<string, string, FloodStream> CreateTextStream(
        this Flood flood, string id, FloodStreamOptions? options = null) =>
        Create(
            flood, id, options, PayloadKinds.Text,
            new StreamCodec<string, string>(
                FloodPayload.Text, text => text.Length * sizeof(char), message => message.AsText()));

    /// <summary>
    /// A stream of JSON values; text is sent as a JSON string. A value that comes back printed differently is the
    /// same message. Other kinds are sent if <see cref="FloodStreamOptions.Mapping"/> says how.
    /// </summary>
    /// <inheritdoc cref="CreateStream"/>
    public static Flow<JsonElement, JsonElement, FloodStream> CreateJsonStream(
        this Flood flood, string id, FloodStreamOptions? options = null)
    {
        var mapping = options?.Mapping;
        var kinds = mapping is null ? PayloadKinds.Text | PayloadKinds.Json : PayloadKinds.All;
        return Create(flood, id, options, kinds, new StreamCodec<JsonElement, JsonElement>(
            value => mapping?.FromJson(value) ?? FloodPayload.Json(value),
            value => value.ValueKind == JsonValueKind.Undefined ? 0 : JsonMarshal.GetRawUtf8Value(value).Length,
            message =>
                message.Kind is PayloadKind.Text or PayloadKind.Json ? message.AsJson() : Map(mapping!, message)));
    }

    private static JsonElement Map(JsonMapping mapping, FloodMessage message)
    {
        JsonElement? value;
        try
        {
            value = mapping.ToJson(message);
        }
        catch (Exception e)
        {
            throw new UnsuitableMessageException($"the stream's mapping failed on it: {e.Message}");
        }
        return value ?? throw new UnsuitableMessageException(
            $"its payload is of kind {message.Kind}, which the stream's mapping does not carry");
    }

    /// <summary>A stream of bytes, unchanged. Only payloads of bytes are sent.</summary>
    /// <inheritdoc cref="CreateStream"/>
    public static Flow<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, FloodStream> CreateBytesStream(
        this Flood flood, string id, FloodStreamOptions? options = null) =>
        Create(
            flood, id, options, PayloadKinds.Bytes,
            new StreamCodec<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(
                FloodPayload.Bytes, bytes => bytes.Length, message => message.Body));

    private static Flow<TIn, TOut, FloodStream> Create<TIn, TOut>(
        Flood flood, string id, FloodStreamOptions? options, PayloadKinds kinds, StreamCodec<TIn, TOut> codec)
    {
        ArgumentNullException.ThrowIfNull(flood);
        if (string.IsNullOrWhiteSpace(id))
            throw new ArgumentException(
                "A stream needs an id: it names the peer in OnConnect and OnDisconnect and must be unique, "
                + "for example remoteAddress:remotePort.",
                nameof(id));
        options ??= new FloodStreamOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Batch, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Batch, 16 << 20, nameof(options));
        var peer = new StreamPeer(id)
        {
            Address = options.Address,
            Dialled = options.Dialled,
            CatchUp = options.CatchUp,
            Remember = options.Remember,
            Kinds = kinds,
            TellsRefusal = options.TellsRefusal,
        };
        return Flow.FromGraph(new FloodStage<TIn, TOut>(flood, peer, options, codec));
    }
}
