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
/// node it does not say which messages it has, confirms none and sends no ids: messages are identified by value.
/// </summary>
/// <param name="Id">The peer's id: mandatory, unique among the peers of the node.</param>
public sealed record StreamPeer(string Id)
{
    /// <summary>Where it is, for people.</summary>
    public string Address { get; init; } = "stream";

    /// <summary>Whether this node made the connection.</summary>
    public bool Dialled { get; init; }

    /// <summary>Whether it is sent the messages of the log when it connects, or only later ones.</summary>
    public bool CatchUp { get; init; } = true;

    /// <summary>
    /// Whether a peer with this id is expected to come back. If so, messages that leave the log while it is away are
    /// kept for it for <c>peer-grace</c>, within <c>max-lag</c>. Off by default, because it is of no use for ids that
    /// change with every connection.
    /// </summary>
    public bool Remember { get; init; }

    /// <summary>
    /// Whether the endpoint, instead of the flood, reports a refusal, with <c>Flood.ReportRefused</c>. An endpoint that
    /// accepts connections can report many at once.
    /// </summary>
    public bool TellsRefusal { get; init; }

    /// <summary>
    /// The kinds it can carry. Messages of other kinds are not sent to it: counted, and reported as
    /// <see cref="MessageNotSent"/>.
    /// </summary>
    public PayloadKinds Kinds { get; init; } = PayloadKinds.All;
}
