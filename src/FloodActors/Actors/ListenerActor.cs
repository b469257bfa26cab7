using Akka.Actor;
using Akka.Event;
using FloodActors.Core;

namespace FloodActors.Actors;

/// <summary>
/// Passes events to an actor, or to the reader of a channel, off the flood's thread. It shows demand for the next
/// notices when the subscriber has handled the last ones, so a slow subscriber never has more than a batch in a
/// mailbox: it lags in the log, as a peer does. It ends with the flood or with the subscriber. It never blocks; for
/// callbacks, which may, there is <see cref="CallbackListener"/>.
/// </summary>
internal sealed class ListenerActor(ListenerSink sink, IActorRef flood, FloodCounters counters) : UntypedActor
{
    private readonly LocalNoticeDemand _demand = new(Context.Self);
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public static Props Props(ListenerSink sink, IActorRef flood, FloodCounters counters, string dispatcher) =>
        Akka.Actor.Props.Create(() => new ListenerActor(sink, flood, counters))
            .WithDeploy(Deploy.Local).WithDispatcher(dispatcher);

    protected override void PreStart()
    {
        // Both are local actors: the facade refuses other subscribers.
        Context.Watch(flood);
        if (sink.Watched is { } subscriber) Context.Watch(subscriber);
        Ask();
    }

    protected override void PostStop()
    {
        sink.Close();
        sink.Complete();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LocalNoticeDemand answer:
                foreach (var notice in answer.Notices) sink.Tell(notice, flood, counters, _log);
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
        _demand.Notices.Clear();
        flood.Tell(_demand);
    }
}
