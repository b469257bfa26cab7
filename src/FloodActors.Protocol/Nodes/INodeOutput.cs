using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Core;

/// <summary>
/// The effects of a <see cref="Node"/>. Called from within the node's methods; must not call back into the node.
/// </summary>
internal interface INodeOutput
{
    /// <summary>A number that nobody can guess: for sessions, and for jitter.</summary>
    ulong Random();

    /// <summary>
    /// Creates the driver of a link to the flood at <paramref name="address"/>. It sends hellos until it is answered.
    /// </summary>
    ILinkDriver Dial(Link link, LinkSetup setup, string address);

    /// <summary>
    /// Creates the driver of a link that another node asked for. It sends a welcome, again whenever the hello is
    /// repeated.
    /// </summary>
    ILinkDriver Accept(Link link, LinkSetup setup, IHelloSender dialler);

    /// <summary>An event that subscribers will be told. For the log.</summary>
    void Raised(FloodEvent @event);

    /// <summary>Messages from a peer are new: everything in the log from this position on.</summary>
    void Received(long from);

    /// <summary>A peer brought a newer value of a key, or its removal.</summary>
    void ReceivedKey(FloodMessage message);

    /// <summary>
    /// A tick is wanted at this time, in milliseconds of the monotonic clock, in addition to the usual ones. Each call
    /// replaces the one before.
    /// </summary>
    void WakeAt(long time);

    /// <summary>
    /// The node has ended: every peer has been sent a goodbye, or the time has run out. Nothing is called afterwards.
    /// </summary>
    void Left();
}

/// <summary>The node's side of one subscriber.</summary>
internal interface ISubscriberDriver
{
    /// <summary>The answer to the subscriber's demand.</summary>
    void Give(NoticeDemand demand);
}

/// <summary>A subscriber's standing demand for notices, and the answer; like <see cref="LinkDemand"/>.</summary>
internal class NoticeDemand
{
    public List<FloodNotice> Notices { get; } = [];
}
