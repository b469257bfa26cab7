namespace FloodActors;

/// <summary>
/// Decides which messages may pass. It is asked about each new message before the node logs, forwards or delivers it,
/// and about each append on this node. docs/topics.md describes what happens to refused messages.
/// </summary>
/// <remarks>
/// It runs on the flood's own thread, for one message at a time: it must be quick, and must neither block nor call the
/// flood. A call that takes longer than <c>flood.validator-time</c> is counted and logged. One that does not return
/// stops the flood, and nothing can interrupt it; <c>Flood.RunningValidation</c> says which message it is about. An
/// exception is counted and logged, too, and the message is ignored.
/// </remarks>
public interface IFloodValidator
{
    /// <summary>Decides about a message.</summary>
    FloodVerdict Check(in FloodCandidate candidate);
}

/// <summary>A validator's decision about a message.</summary>
public readonly record struct FloodVerdict
{
    private FloodVerdict(VerdictKind kind, string reason) => (Kind, Reason) = (kind, reason);

    /// <summary>The message passes.</summary>
    public static FloodVerdict Accept => default;

    /// <summary>What happens to the message.</summary>
    public VerdictKind Kind { get; }

    /// <summary>Why it does not pass; empty when it does.</summary>
    public string Reason { get => field ?? ""; }

    /// <summary>The message does not pass, through no fault of the peer: it is counted, without an event.</summary>
    /// <param name="reason">Why. Use few fixed texts, because messages are counted by reason.</param>
    public static FloodVerdict Ignore(string reason) => new(VerdictKind.Ignore, reason);

    /// <summary>
    /// The message does not pass, and the peer should not have forwarded it: <see cref="MessageRefused"/> is raised,
    /// and a peer with more than <c>flood.max-rejected</c> such messages in a minute is disconnected.
    /// </summary>
    /// <inheritdoc cref="Ignore"/>
    public static FloodVerdict Reject(string reason) => new(VerdictKind.Reject, reason);
}

/// <summary>The verdicts there are.</summary>
public enum VerdictKind : byte
{
    /// <summary>The message passes.</summary>
    Accept,

    /// <summary>It does not pass, through no fault of the peer.</summary>
    Ignore,

    /// <summary>It does not pass, and the peer that sent it is at fault.</summary>
    Reject,
}

/// <summary>A message for a validator to decide about. Its payload has not been decoded.</summary>
public readonly struct FloodCandidate
{
    private readonly ReadOnlyMemory<byte> _header;
    private readonly Origin _author;

    internal FloodCandidate(
        PayloadKind kind, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> header, Origin author, string? peer, int hops,
        long now)
    {
        (Kind, Body, _header, _author, Peer, Hops, Now) = (kind, body, header, author, peer, hops, now);
    }

    /// <summary>The id of the peer that sent it; null if it is being appended here.</summary>
    public string? Peer { get; }

    /// <summary>What the body stands for, as the message says.</summary>
    public PayloadKind Kind { get; }

    /// <summary>The encoded payload. It is only valid during the call.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <inheritdoc cref="FloodMessage.Hops"/>
    public int Hops { get; }

    /// <summary>Milliseconds of a monotonic clock.</summary>
    public long Now { get; }

    /// <inheritdoc cref="FloodMessage.Origin"/>
    public string Origin => _author.Name;

    /// <inheritdoc cref="FloodMessage.OriginStream"/>
    public string? OriginStream => _author.Stream.Length == 0 ? null : _author.Stream;

    /// <inheritdoc cref="FloodMessage.Topic"/>
    public string? Topic => TextOf(Wire.MessageHeader.TopicOf(_header.Span));

    /// <inheritdoc cref="FloodMessage.Codec"/>
    public string? Codec => TextOf(Wire.MessageHeader.CodecOf(_header.Span));

    /// <inheritdoc cref="FloodMessage.Key"/>
    public string? Key => TextOf(Wire.MessageHeader.KeyOf(_header.Span));

    /// <summary>The topic's name as UTF-8, without making a string; empty for none.</summary>
    public ReadOnlySpan<byte> TopicUtf8 => Wire.MessageHeader.TopicOf(_header.Span);

    private static string? TextOf(ReadOnlySpan<byte> utf8) =>
        utf8.IsEmpty ? null : System.Text.Encoding.UTF8.GetString(utf8);
}
