using Akka.Actor;
using FloodActors.Core;

namespace FloodActors.Actors;

/// <summary>
/// What the <see cref="Flood"/> facade says to the flood's actor. A question carries the answer for which somebody
/// waits.
/// </summary>
internal abstract record FloodCommand : INoSerializationVerificationNeeded
{
    /// <summary>The caller no longer waits.</summary>
    public sealed record Forget(object Answer) : FloodCommand;

    /// <summary>The append queue or the refusals have something for the node.</summary>
    public sealed record TakeAppends : FloodCommand
    {
        public static TakeAppends Instance { get; } = new();
    }

    public sealed record Connect(string Address, string? PeerId, IAnswer<ConnectResult> Answer) : FloodCommand;

    public sealed record Disconnect(string Id, IAnswer<bool> Answer) : FloodCommand;

    /// <summary>From the endpoint of a stream.</summary>
    public sealed record OpenStream(StreamPeer Peer) : FloodCommand;

    /// <summary>From the code that accepts streams.</summary>
    public sealed record ReportRefused(PeerRefused Refused) : FloodCommand;

    public sealed record WhenConnected(int Count, IAnswer<bool> Answer) : FloodCommand;

    public sealed record Flush(IAnswer<FlushResult> Answer) : FloodCommand;

    public sealed record Leave(IAnswer<FlushResult> Answer) : FloodCommand;

    /// <summary>Answered with the listener, for <see cref="StopListening"/>.</summary>
    public sealed record Listen(ListenerSink Sink, bool WantsDrops, bool Replay, IAnswer<object> Answer) : FloodCommand
    {
        /// <summary>The topic that is listened to; null for everything.</summary>
        public string? Topic { get; init; }
    }

    public sealed record StopListening(object Listener) : FloodCommand;

    /// <summary>A look at the node.</summary>
    public sealed record Read<T>(Func<Node, T> Look, IAnswer<T> Answer) : ReadCommand
    {
        public override void Execute(Node node) => Answer.Answer(Look(node));
    }

    public abstract record ReadCommand : FloodCommand
    {
        public abstract void Execute(Node node);
    }

    /// <summary>Answered with the actor's <see cref="FloodParts"/>.</summary>
    public sealed record GetParts : FloodCommand;
}
