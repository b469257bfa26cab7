using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using FloodActors.Core;

namespace FloodActors.Actors;

/// <summary>
/// Calls functions on what happens, on the listeners' dispatcher. Like <see cref="ListenerActor"/> it shows demand for
/// the next notices when the last ones have been handled. It is not an actor: a system cannot terminate before its
/// actors have, and a callback may block for ever.
/// </summary>
internal sealed class CallbackListener : ISubscriberDriver, IRunnable
{
    private readonly ListenerSink _sink;
    private readonly IActorRef _flood;
    private readonly FloodCounters _counters;
    private readonly MessageDispatcher _dispatcher;
    private readonly ILoggingAdapter _log;
    private readonly LocalNoticeDemand _demand;

    public CallbackListener(
        ListenerSink sink, IActorRef flood, FloodCounters counters, MessageDispatcher dispatcher, ILoggingAdapter log)
    {
        (_sink, _flood, _counters, _dispatcher, _log) = (sink, flood, counters, dispatcher, log);
        _demand = new LocalNoticeDemand(this);
    }

    /// <summary>Shows demand for the next notices.</summary>
    public void Ask()
    {
        _demand.Notices.Clear();
        _flood.Tell(_demand, ActorRefs.NoSender);
    }

    void ISubscriberDriver.Give(NoticeDemand demand) => _dispatcher.Schedule(this);

    void IRunnable.Run()
    {
        foreach (var notice in _demand.Notices) _sink.Tell(notice, _flood, _counters, _log);
        Ask();
    }

    void IThreadPoolWorkItem.Execute() => ((IRunnable)this).Run();
}
