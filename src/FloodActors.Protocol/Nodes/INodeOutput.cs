using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Core;

/// <summary>
/// What a <see cref="Node"/> does to the world around it. Called from within the node's methods; must not call back into the node.
/// </summary>
internal interface INodeOutput
{
    /// <summary>A number that nobody can guess: for sessions, and for jitter.</summary>
    ulong Random();

    /// <summary>Makes the driver of a link to the flood at <paramref name="address"/>. It says hello until it is answered.</summary>
    ILinkDriver Dial(Link link, LinkSetup setup, string address);

    /// <summary>Makes the driver of a link that another node asked for. It says welcome, also whenever the hello is repeated.</summary>
    ILinkDriver Accept(Link link, LinkSetup setup, IHelloSender dialler);

    /// <summary>Something that subscribers will be told. For the log.</summary>
    void Raised(FloodEvent @event);

    /// <summary>Messages from a peer are new: everything in the log from this position on.</summary>
    void Received(long from);

    /// <summary>The node is over: every peer was said goodbye to, or time was up. Nothing is called afterwards.</summary>
    void Left();
}

/// <summary>
/// The node's hold on one link: what it says to the link's driver, which hands it on to a <see cref="LinkState"/> or to a stream. The driver
/// answers with the methods of <see cref="Node"/> that take a <see cref="Link"/>, and with <see cref="Node.LinkGone"/> as its last word.
/// </summary>
internal interface ILinkDriver
{
    /// <summary>The link is admitted: records may flow.</summary>
    void Open();

    /// <summary>The link is to end, and to say why.</summary>
    void Close(LinkEnd cause, string reason);

    /// <summary>The answer to the link's demand.</summary>
    void Give(LinkDemand demand);

    /// <summary>The node has taken a batch, whether or not it was of use.</summary>
    void Taken(ReceivedBatch batch);

    /// <summary>Somebody waits for the peer to take what is under way.</summary>
    void WantAck();

    /// <summary>The dialler has said hello again: it did not get the welcome.</summary>
    void GreetAgain();
}

/// <summary>Whoever sent a hello, before there is a link.</summary>
internal interface IHelloSender
{
    /// <summary>Where the sender is, as the transport knows it: the path of its actor.</summary>
    string Path { get; }

    void Refuse(Refused refusal);
}

/// <summary>The node's hold on one subscriber.</summary>
internal interface ISubscriberDriver
{
    /// <summary>The answer to the subscriber's demand.</summary>
    void Give(NoticeDemand demand);
}

/// <summary>
/// A link's standing demand for records, and the answer. One object for each link goes to and fro, so that asking allocates nothing: whoever
/// holds it owns it. A driver may derive from it.
/// </summary>
internal class LinkDemand
{
    /// <summary>Bytes asked for.</summary>
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

/// <summary>A subscriber's standing demand for notices, and the answer; like <see cref="LinkDemand"/>.</summary>
internal class NoticeDemand
{
    public List<FloodNotice> Notices { get; } = [];
}

/// <summary>Somebody who waits for an outcome. Answered once; safe for any thread.</summary>
internal interface IAnswer<in T>
{
    void Answer(T outcome);

    /// <summary>There will be no outcome: the node is over.</summary>
    void GiveUp(string why);
}
