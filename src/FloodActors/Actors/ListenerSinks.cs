using System.Threading.Channels;
using Akka.Actor;

namespace FloodActors.Actors;

/// <summary>Calls functions.</summary>
internal sealed class CallbackSink(FloodCallbacks callbacks) : ListenerSink
{
    public override bool MayBlock => true;

    public override void OnMessage(FloodMessage message, bool isDrop, IActorRef flood)
    {
        if (isDrop)
        {
            callbacks.OnDrop?.Invoke(message);
        }
        else
        {
            if (!message.IsOwn) callbacks.OnMessage?.Invoke(message);
            callbacks.OnChange?.Invoke(message);
        }
        callbacks.OnEvent?.Invoke(EventOf(message, isDrop));
    }

    public override void OnEvent(FloodEvent @event, IActorRef flood)
    {
        switch (@event)
        {
            case PeerConnected connected:
                callbacks.OnConnect?.Invoke(connected.Peer);
                break;
            case PeerDisconnected disconnected:
                callbacks.OnDisconnect?.Invoke(disconnected.Peer, disconnected.Reason);
                break;
            case PeerLagged lagged:
                callbacks.OnLag?.Invoke(lagged.Peer, lagged.Skipped);
                break;
            case SubscriberLagged lagged:
                callbacks.OnLag?.Invoke(null, lagged.Skipped);
                break;
        }
        callbacks.OnEvent?.Invoke(@event);
    }
}

/// <summary>
/// Sends events to an actor. After each batch it sends the actor an <see cref="Identify"/>, which Akka answers when the
/// actor has processed its mailbox up to that message. So the actor needs no code for acknowledgements, and its mailbox
/// stays small.
/// </summary>
internal class ActorSink(IActorRef subscriber) : ListenerSink
{
    private long _batch;

    public override IActorRef? Watched => subscriber;

    public override void OnEvent(FloodEvent @event, IActorRef flood) => Send(@event, flood);

    protected void Send(object message, IActorRef flood) => subscriber.Tell(message, flood);

    public override bool EndBatch(IActorRef listener)
    {
        subscriber.Tell(new Identify(++_batch), listener);
        return false;
    }

    public override bool Settled(object message) =>
        message is ActorIdentity { MessageId: long batch } && batch == _batch;
}

/// <summary>Writes messages and events into a bounded channel, for <c>await foreach</c>.</summary>
internal abstract class ChannelSink<T>(int capacity) : ListenerSink
{
    private readonly Channel<T> _channel = Channel.CreateBounded<T>(
        new BoundedChannelOptions(Math.Max(1, capacity) * 2) { SingleReader = true, SingleWriter = true });

    private readonly int _room = Math.Max(1, capacity);
    private IActorRef? _waiting;

    public ChannelReader<T> Reader => _channel.Reader;

    protected void Write(T item)
    {
        // There is room: a batch is at most half the channel, and demand for the next is shown when the last has been
        // read.
        if (!_channel.Writer.TryWrite(item) && !_channel.Reader.Completion.IsCompleted)
            throw new InvalidOperationException("The reader's channel is full although it was asked for more.");
    }

    public override bool EndBatch(IActorRef listener)
    {
        if (_channel.Reader.Count <= _room) return true;
        Volatile.Write(ref _waiting, listener);
        // The reader may have made room just before it could see that this sink waits.
        return _channel.Reader.Count <= _room && Interlocked.Exchange(ref _waiting, null) is not null;
    }

    public override bool Settled(object message) => message is Room;

    public override void Complete() => _channel.Writer.TryComplete();

    /// <summary>Called by the reader for each event it read.</summary>
    public void AfterRead()
    {
        if (Volatile.Read(ref _waiting) is null || _channel.Reader.Count > _room) return;
        Interlocked.Exchange(ref _waiting, null)?.Tell(Room.Instance);
    }

}

/// <summary>Writes events.</summary>
internal sealed class EventChannelSink(int capacity) : ChannelSink<FloodEvent>(capacity)
{
    public override void OnEvent(FloodEvent @event, IActorRef flood) => Write(@event);
}

/// <summary>A reader has made room.</summary>
internal sealed record Room : INoSerializationVerificationNeeded
{
    public static Room Instance { get; } = new();
}
