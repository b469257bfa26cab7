using System.Diagnostics.CodeAnalysis;
using Akka.Actor;

namespace FloodActors.Actors;

/// <summary>Decodes what a topic's subscriber is told.</summary>
internal sealed class TopicReader<T>(IFloodCodec<T> codec)
{
    /// <summary>The message with its value, or what is wrong with it.</summary>
    public bool TryRead(
        FloodMessage message, [NotNullWhen(true)] out TopicMessage<T>? read,
        [NotNullWhen(false)] out MessageUndecodable? flaw)
    {
        (read, flaw) = (null, null);
        try
        {
            if (message.Codec != codec.Name)
            {
                flaw = new MessageUndecodable(
                    message,
                    $"{message.Origin} encoded it with the codec '{message.Codec}', and this subscriber of "
                    + $"'{message.Topic}' reads '{codec.Name}'.");
                return false;
            }
            if (message.IsRemoval)
            {
                read = new TopicMessage<T>(default!, message);
                return true;
            }
            var value = codec is ObjectCodec<T> ? (T)message.AsObject() : codec.Decode(message.Body);
            if (value is not null) read = new TopicMessage<T>(value, message);
            else flaw = Flaw(message, "it is null");
        }
        // A codec is the application's code, and may throw what it likes.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            flaw = Flaw(message, e.Message);
        }
        return flaw is null;
    }

    private MessageUndecodable Flaw(FloodMessage message, string why) =>
        new(message, $"The codec '{codec.Name}' cannot read it as {typeof(T)}: {why}");
}

/// <summary>Sends a topic's messages to an actor.</summary>
internal sealed class TopicActorSink<T>(IActorRef subscriber, TopicReader<T> reader) : ActorSink(subscriber)
{
    public override void OnMessage(FloodMessage message, bool isDrop, IActorRef flood)
    {
        if (reader.TryRead(message, out var read, out var flaw)) Send(read, flood);
        else OnUndecodable(flaw, flood);
    }
}

/// <summary>Calls functions on a topic's messages.</summary>
internal sealed class TopicCallbackSink<T>(
    Action<TopicMessage<T>> onMessage, Action<FloodEvent>? onEvent, TopicReader<T> reader) : ListenerSink
{
    public override bool MayBlock => true;

    public override void OnMessage(FloodMessage message, bool isDrop, IActorRef flood)
    {
        if (reader.TryRead(message, out var read, out var flaw)) onMessage(read);
        else OnUndecodable(flaw, flood);
    }

    public override void OnEvent(FloodEvent @event, IActorRef flood) => onEvent?.Invoke(@event);
}

/// <summary>Writes a topic's messages into a channel.</summary>
internal sealed class TopicChannelSink<T>(int capacity, Action<FloodEvent>? onEvent, TopicReader<T> reader)
    : ChannelSink<TopicMessage<T>>(capacity)
{
    public override void OnMessage(FloodMessage message, bool isDrop, IActorRef flood)
    {
        if (reader.TryRead(message, out var read, out var flaw)) Write(read);
        else OnUndecodable(flaw, flood);
    }

    public override void OnEvent(FloodEvent @event, IActorRef flood) => onEvent?.Invoke(@event);
}
