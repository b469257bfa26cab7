using Akka.Actor;
using Akka.Event;
using FloodActors.Core;

namespace FloodActors.Actors;

/// <summary>Where a subscriber's notices go, and whether it may still be called.</summary>
internal abstract class ListenerSink
{
    [ThreadStatic] private static ListenerSink? s_calling;

    private readonly object _gate = new();
    private bool _closed;
    private bool _busy;
    private TaskCompletionSource? _idle;

    /// <summary>The subscriber's own actor, which is watched; null when there is none.</summary>
    public virtual IActorRef? Watched => null;

    /// <summary>Whether it calls functions that may block.</summary>
    public virtual bool MayBlock => false;

    /// <summary>
    /// Tells of a new or a dropped message. May throw, like <see cref="OnEvent"/>: that is logged and counted, and
    /// affects nobody else.
    /// </summary>
    public virtual void OnMessage(FloodMessage message, bool isDrop, IActorRef flood) =>
        OnEvent(EventOf(message, isDrop), flood);

    /// <summary>Tells of anything else.</summary>
    public abstract void OnEvent(FloodEvent @event, IActorRef flood);

    /// <summary>The node's, during a call.</summary>
    protected FloodCounters Counters { get; private set; } = null!;

    /// <summary>
    /// A batch was told. Returns whether the next may follow at once; if not, <see cref="ListenerActor"/> waits until
    /// <see cref="Settled"/> says that it may.
    /// </summary>
    public virtual bool EndBatch(IActorRef listener) => true;

    /// <summary>Whether a message to the listener's actor means that the last batch has been handled.</summary>
    public virtual bool Settled(object message) => false;

    /// <summary>Nothing follows.</summary>
    public virtual void Complete()
    {
    }

    /// <summary>
    /// Tells one notice, if the subscriber may still be called. What the subscriber throws is logged and
    /// counted.
    /// </summary>
    public void Tell(in FloodNotice notice, IActorRef flood, FloodCounters counters, ILoggingAdapter log)
    {
        if (!Enter()) return;
        try
        {
            Counters = counters;
            if (notice.Message is { } message) TellMessage(message, notice.IsDrop, flood, counters);
            else OnEvent(notice.Event!, flood);
        }
        catch (Exception e)
        {
            counters.CountCallbackFailure();
            log.Error(e, "A callback threw; the flood goes on");
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>Whether a call may begin.</summary>
    private bool Enter()
    {
        lock (_gate)
        {
            if (_closed) return false;
            _busy = true;
        }
        s_calling = this;
        return true;
    }

    /// <summary>The call has ended.</summary>
    private void Exit()
    {
        s_calling = null;
        lock (_gate)
        {
            _busy = false;
            _idle?.TrySetResult();
        }
    }

    /// <summary>
    /// No call begins after this. Completes when a call that had begun has ended; at once within a call, which
    /// would wait for itself, as <see cref="CancellationTokenRegistration.DisposeAsync"/> does.
    /// </summary>
    public Task Close()
    {
        lock (_gate)
        {
            _closed = true;
            if (!_busy || ReferenceEquals(s_calling, this)) return Task.CompletedTask;
            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    private void TellMessage(FloodMessage message, bool isDrop, IActorRef flood, FloodCounters counters)
    {
        if (!isDrop && !message.IsOwn && message.Kind == PayloadKind.Object)
        {
            try
            {
                message = message.WithDecodedObject();
            }
            catch (UndecodablePayloadException e)
            {
                counters.CountUndecodable();
                OnEvent(new MessageUndecodable(message, e.Message), flood);
                return;
            }
        }
        OnMessage(message, isDrop, flood);
    }

    /// <summary>Counts a message that could not be decoded for the subscriber, and tells the subscriber.</summary>
    protected void OnUndecodable(MessageUndecodable undecodable, IActorRef flood)
    {
        Counters.CountUndecodable();
        OnEvent(undecodable, flood);
    }

    protected static FloodEvent EventOf(FloodMessage message, bool isDrop) =>
        isDrop
            ? new MessageDropped(message)
            : message.IsOwn ? new MessageAppended(message)
            : new MessageReceived(message);
}
