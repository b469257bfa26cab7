using FloodActors.Wire;

namespace FloodActors.Links;

/// <summary>
/// The node's side of one link: its calls to the link's driver, which passes them on to a <see cref="LinkState"/>
/// or to a stream. The driver answers with the methods of <c>Node</c> that take a <see cref="Link"/>;
/// its last call is <c>LinkGone</c>.
/// </summary>
internal interface ILinkDriver
{
    /// <summary>The link is admitted: records may flow.</summary>
    void Open();

    /// <summary>The link is to end, and to tell the peer why.</summary>
    void Close(LinkEnd cause, string reason);

    /// <summary>The answer to the link's demand.</summary>
    void Give(LinkDemand demand);

    /// <summary>
    /// The node holds back a batch until the messages that it must not overtake are there; <see cref="Taken"/> follows.
    /// </summary>
    void Held(ReceivedBatch batch);

    /// <summary>The node has taken a batch, whether or not it contained anything new.</summary>
    void Taken(ReceivedBatch batch);

    /// <summary>Somebody waits for the peer to take what is in flight.</summary>
    void WantAck();

    /// <summary>The dialler has said hello again: it did not get the welcome.</summary>
    void GreetAgain();
}

/// <summary>
/// A link's standing demand for records, and the answer. One object for each link goes back and forth, so that demand
/// allocates nothing: its holder owns it. A driver may derive from it.
/// </summary>
internal class LinkDemand
{
    /// <summary>The demand in bytes.</summary>
    public int Room { get; set; }

    /// <summary>The position up to which the peer has taken the log.</summary>
    public long Acked { get; set; }

    /// <summary>The answer.</summary>
    public List<LinkRecord> Records { get; } = [];

    /// <summary>The position that the peer has reached when it has taken the answer.</summary>
    public long UpTo { get; set; }

    /// <summary>Whether somebody waits for the peer to take the answer.</summary>
    public bool Confirm { get; set; }
}

/// <summary>The sender of a hello, before there is a link.</summary>
internal interface IHelloSender
{
    /// <summary>The sender's address, as the transport knows it: the path of its actor.</summary>
    string Path { get; }

    void Refuse(Refused refusal);
}
