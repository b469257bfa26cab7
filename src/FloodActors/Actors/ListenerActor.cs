using Akka.Actor;
using Akka.Event;
using FloodActors.Core;
using FloodActors.Links;

namespace FloodActors.Actors;

/// <summary>Where a subscriber's notices go.</summary>
internal interface IListenerSink
{
    /// <summary>Tells of a new or a dropped message. May throw, like <see cref="OnEvent"/>: that is logged and counted and harms nobody.</summary>
    void OnMessage(FloodMessage message, bool isDrop, IActorRef flood);

    /// <summary>Tells of anything else.</summary>
    void OnEvent(FloodEvent @event, IActorRef flood);

    /// <summary>
    /// A batch was told. Answers whether the next may follow at once; if not, <see cref="ListenerActor"/> waits until
    /// <see cref="Settled"/> says that it may.
    /// </summary>
    bool EndBatch(IActorRef listener);

    /// <summary>Whether a message to the listener's actor means that the last batch has been dealt with.</summary>
    bool Settled(object message);

    /// <summary>The subscriber's own actor, which is watched; null when there is none.</summary>
    IActorRef? Watched { get; }

    /// <summary>There is nothing more to come.</summary>
    void Complete();
}

/// <summary>A subscriber's standing question and its answer; goes to and fro like <see cref="LinkAsk"/>.</summary>
internal sealed class ListenerAsk : INoSerializationVerificationNeeded
{
    public List<FloodNotice> Notices { get; } = [];
}

/// <summary>
/// Tells one subscriber what happens, off the flood's thread. It asks the flood for the next notices when the subscriber has dealt with the
/// last, so a slow subscriber never has more than a batch in a mailbox: it lags in the log, as a peer does.
/// </summary>
internal sealed class ListenerActor(IListenerSink sink, FloodCounters counters) : UntypedActor
{
    private readonly ListenerAsk _ask = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public static Props Props(IListenerSink sink, FloodCounters counters, string dispatcher) =>
        Akka.Actor.Props.Create(() => new ListenerActor(sink, counters)).WithDeploy(Deploy.Local).WithDispatcher(dispatcher);

    protected override void PreStart()
    {
        // An actor of this system: the flood refuses others.
        if (sink.Watched is { } subscriber) Context.Watch(subscriber);
        Ask();
    }

    protected override void PostStop() => sink.Complete();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ListenerAsk answer:
                foreach (var notice in answer.Notices) Tell(notice);
                if (sink.EndBatch(Self)) Ask();
                break;
            case Terminated:
                Context.Stop(Self);
                break;
            default:
                if (sink.Settled(message)) Ask();
                else Unhandled(message);
                break;
        }
    }

    private void Ask()
    {
        _ask.Notices.Clear();
        Context.Parent.Tell(_ask);
    }

    private void Tell(in FloodNotice notice)
    {
        try
        {
            if (notice.Message is { } message) TellMessage(message, notice.IsDrop);
            else sink.OnEvent(notice.Event!, Context.Parent);
        }
        catch (Exception e)
        {
            Interlocked.Increment(ref counters.CallbackFailures);
            _log.Error(e, "A callback failed; the flood goes on");
        }
    }

    private void TellMessage(FloodMessage message, bool isDrop)
    {
        if (!isDrop && !message.IsOwn && message.Kind == PayloadKind.Object)
        {
            try
            {
                message = message.WithDecodedObject();
            }
            catch (UndecodablePayloadException e)
            {
                Interlocked.Increment(ref counters.Undecodable);
                sink.OnEvent(new MessageUndecodable(message, e.Message), Context.Parent);
                return;
            }
        }
        sink.OnMessage(message, isDrop, Context.Parent);
    }
}

/// <summary>For sinks that tell messages as events.</summary>
internal static class MessageEvent
{
    public static FloodEvent Of(FloodMessage message, bool isDrop) =>
        isDrop ? new MessageDropped(message) : message.IsOwn ? new MessageAppended(message) : new MessageReceived(message);
}
