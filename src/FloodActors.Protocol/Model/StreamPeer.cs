namespace FloodActors;

/// <summary>Kinds of payload, for those who take only some.</summary>
[Flags]
public enum PayloadKinds : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><see cref="PayloadKind.Text"/>.</summary>
    Text = 1 << PayloadKind.Text,

    /// <summary><see cref="PayloadKind.Json"/>.</summary>
    Json = 1 << PayloadKind.Json,

    /// <summary><see cref="PayloadKind.Bytes"/>.</summary>
    Bytes = 1 << PayloadKind.Bytes,

    /// <summary><see cref="PayloadKind.Object"/>.</summary>
    Object = 1 << PayloadKind.Object,

    /// <summary>Every kind.</summary>
    All = Text | Json | Bytes | Object,
}

/// <summary>
/// A peer that is not a flood of this library but a two-way stream of values: see <c>Flood.OpenStreamPeer</c>. Unlike a
/// node it says neither what it has nor when it took something, and brings no ids: messages are told apart by value.
/// </summary>
/// <param name="Id">The peer's id: mandatory, unique among the peers of the node.</param>
public sealed record StreamPeer(string Id)
{
    /// <summary>Where it is, for people.</summary>
    public string Address { get; init; } = "stream";

    /// <summary>Whether this node made the connection.</summary>
    public bool Dialled { get; init; }

    /// <summary>Whether it is sent what is in the log when it connects; otherwise only what comes later.</summary>
    public bool CatchUp { get; init; } = true;

    /// <summary>
    /// Whether a peer of this id is expected to come back: then what leaves the log while it is away is kept for
    /// <c>peer-grace</c>, within <c>max-lag</c>. Pointless, and therefore off, for ids that change with every
    /// connection.
    /// </summary>
    public bool Remember { get; init; }

    /// <summary>
    /// Whether the endpoint tells of a refusal, with <c>Flood.ReportRefused</c>, instead of the flood: one that accepts
    /// connections can tell of many at once.
    /// </summary>
    public bool TellsRefusal { get; init; }

    /// <summary>
    /// The kinds it can carry. Messages of other kinds are not sent to it: counted, and reported as
    /// <see cref="MessageNotSent"/>.
    /// </summary>
    public PayloadKinds Kinds { get; init; } = PayloadKinds.All;
}
