using System.Text.Json;

namespace FloodActors;

/// <summary>
/// One message as this node holds it: appended here or received from a peer. Immutable, shared by the log, the links
/// and every subscriber. The payload is decoded only when it is asked for.
/// </summary>
public sealed class FloodMessage
{
    /// <summary>
    /// What a held message costs besides its body, in bytes, as counted by <c>capacity-bytes</c> and <c>max-lag</c>:
    /// without it a log of one-byte messages would take a hundred times its limit.
    /// </summary>
    public const int Overhead = 128;

    private readonly object? _decoder;
    private readonly bool _bringsOrigin; // the first message of its origin on a link: the origin's object came with it

    internal FloodMessage(
        in MessageId id, PayloadKind kind, ReadOnlyMemory<byte> body, Origin author, long position, long receivedTicks,
        string? from,
        int hops, object? decoder, bool bringsOrigin = false)
    {
        Author = author;
        _bringsOrigin = bringsOrigin;
        Id = id;
        Kind = kind;
        Body = body;
        Position = position;
        ReceivedTicks = receivedTicks;
        From = from;
        Hops = hops;
        _decoder = decoder;
    }

    /// <summary>The message's id, the same on every node.</summary>
    public MessageId Id { get; }

    /// <summary>What the body stands for.</summary>
    public PayloadKind Kind { get; }

    /// <summary>The encoded payload, as it is sent. Read only.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>
    /// When this node took the message, by its own clock: the key in <c>data</c>. Strictly increasing on one node,
    /// never comparable between nodes.
    /// </summary>
    public DateTimeOffset Received => new(ReceivedTicks, TimeSpan.Zero);

    /// <summary>
    /// The name of the node that appended the message, the same on every node. It is claimed by the message, not
    /// proven. If several nodes append equal values (<c>message-id = content</c>), it is the node whose message arrived
    /// here first.
    /// </summary>
    public string Origin => Author.Name;

    /// <summary>
    /// The id of the stream by which the value came to its <see cref="Origin"/>; null when it was appended there.
    /// </summary>
    public string? OriginStream => Author.Stream.Length == 0 ? null : Author.Stream;

    /// <summary>The id of the peer that sent it, or null if it was appended here.</summary>
    public string? From { get; }

    /// <summary>How many links the message crossed to get here; 0 when it was appended here.</summary>
    public int Hops { get; }

    /// <summary>Whether it was appended on this node.</summary>
    public bool IsOwn => From is null;

    /// <summary>
    /// The trace in which the message was appended, when its origin has <c>flood.trace = on</c> and traced it; pass it
    /// as the parent of activities that the message causes here.
    /// </summary>
    public System.Diagnostics.ActivityContext? Trace => Header is null ? null : Wire.MessageHeader.TraceOf(Header);

    /// <summary>
    /// When its origin appended the message, by that node's clock: claimed, like <see cref="Origin"/>. Null when it
    /// does not say, as without a topic and without <c>flood.trace = on</c>.
    /// </summary>
    public DateTimeOffset? Appended =>
        Header is not null && Wire.MessageHeader.AppendedAt(Header) is { } ticks
            ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>The topic it belongs to; null for none.</summary>
    public string? Topic => Header is null ? null : TextOf(Wire.MessageHeader.TopicOf(Header));

    /// <summary>The name of the codec that its payload was encoded with; null without a topic.</summary>
    public string? Codec => Header is null ? null : TextOf(Wire.MessageHeader.CodecOf(Header));

    /// <summary>The key of which it is a value; null for none.</summary>
    public string? Key => Header is null ? null : TextOf(Wire.MessageHeader.KeyOf(Header));

    /// <summary>Whether it removes its key. It has no payload then.</summary>
    public bool IsRemoval
    {
        get
        {
            if (!HasKey) return false;
            _ = Wire.MessageHeader.VersionOf(Header, out var removes);
            return removes;
        }
    }

    internal bool HasTopic => Header is not null && !Wire.MessageHeader.TopicOf(Header).IsEmpty;

    internal bool HasKey => Header is not null && !Wire.MessageHeader.KeyOf(Header).IsEmpty;

    /// <summary>What travels beside the payload; null for nothing.</summary>
    internal byte[]? Header { get; init; }

    /// <summary>Who appended it.</summary>
    internal Origin Author { get; }

    internal long Position { get; }

    internal long ReceivedTicks { get; }

    /// <summary>Bytes the message counts in the log.</summary>
    internal int Weight => Body.Length + Overhead + (Header?.Length ?? 0) + (_bringsOrigin ? Author.Weight : 0);

    /// <summary>
    /// The payload as a value: <see cref="string"/>, <see cref="JsonElement"/>, <see cref="ReadOnlyMemory{T}"/> of
    /// bytes, or the object.
    /// </summary>
    /// <exception cref="UndecodablePayloadException">The bytes do not stand for a value of their kind, or the object's
    /// type is not allowed here.</exception>
    public object Value => Kind switch
    {
        PayloadKind.Text => AsText(),
        PayloadKind.Json => AsJson(),
        PayloadKind.Object => AsObject(),
        _ => Body,
    };

    /// <summary>The payload as text: text itself, or the JSON of a JSON value.</summary>
    /// <exception cref="UndecodablePayloadException">The message is of another kind, or its bytes are not
    /// UTF-8.</exception>
    public string AsText() =>
        Kind is PayloadKind.Text or PayloadKind.Json
            ? Decoder.DecodeText(Body.Span)
            : throw Wrong(nameof(PayloadKind.Text));

    /// <summary>The payload as a JSON value; text is a JSON string.</summary>
    /// <exception cref="UndecodablePayloadException">The message is of another kind, or its bytes are not
    /// JSON.</exception>
    public JsonElement AsJson() => Kind switch
    {
        PayloadKind.Text => JsonSerializer.SerializeToElement(AsText()),
        PayloadKind.Json => Decoder.DecodeJson(Body, isCanonical: Topic is null),
        _ => throw Wrong(nameof(PayloadKind.Json)),
    };

    /// <summary>The payload as the object that was appended.</summary>
    /// <exception cref="UndecodablePayloadException">The message is of another kind, or its type is not allowed on this
    /// node.</exception>
    public object AsObject()
    {
        if (Kind != PayloadKind.Object) throw Wrong(nameof(PayloadKind.Object));
        return _decoder is null or IPayloadDecoder ? Decoder.DecodeObject(Body) : _decoder;
    }

    /// <summary>
    /// Decodes an object once for all that a subscriber does with it; other kinds are cheap enough to decode where they
    /// are read.
    /// </summary>
    internal FloodMessage WithDecodedObject() =>
        Kind == PayloadKind.Object && _decoder is IPayloadDecoder decoder
            ? new FloodMessage(
                Id, Kind, Body, Author, Position, ReceivedTicks, From, Hops, decoder.DecodeObject(Body), _bringsOrigin)
            {
                Header = Header,
            }
            : this;

    /// <inheritdoc/>
    public override string ToString() =>
        $"FloodMessage({Id}, {Kind}, {Body.Length} B, by {Origin}, from {From ?? "here"}, {Hops} hops)"
        + (Topic is { } topic ? $" in {topic}{(Key is { } key ? $", key {key}" : "")}" : "");

    private IPayloadDecoder Decoder =>
        _decoder as IPayloadDecoder
            ?? throw new UndecodablePayloadException($"Message {Id} comes from a node that decodes no payloads.");

    private static string? TextOf(ReadOnlySpan<byte> utf8) =>
        utf8.IsEmpty ? null : System.Text.Encoding.UTF8.GetString(utf8);

    private UndecodablePayloadException Wrong(string asked) => new($"Message {Id} is of kind {Kind}, not {asked}.");
}

/// <summary>
/// Turns the bytes of a payload back into its value. Each method answers damaged or hostile bytes with
/// <see cref="UndecodablePayloadException"/>.
/// </summary>
internal interface IPayloadDecoder
{
    string DecodeText(ReadOnlySpan<byte> body);

    /// <param name="body">UTF-8.</param>
    /// <param name="isCanonical">Whether nothing but the canonical form is taken.</param>
    JsonElement DecodeJson(ReadOnlyMemory<byte> body, bool isCanonical = true);

    object DecodeObject(ReadOnlyMemory<byte> body);
}
