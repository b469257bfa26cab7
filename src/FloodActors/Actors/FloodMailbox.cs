using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace FloodActors.Actors;

/// <summary>
/// The mailbox of a node's actors. The protocol between the node's own actors bounds what they send each other. Nothing
/// bounds what a peer sends that breaks the protocol. So at most <c>foreign-limit</c> link messages wait in it. Further
/// ones are dropped, as on a bad network: the link retransmits them, or ends.
/// </summary>
public sealed class FloodMailbox(Settings settings, Config config)
    : MailboxType(settings, config), IProducesMessageQueue<FloodMailbox.Queue>
{
    /// <summary>The path of its settings.</summary>
    public const string ConfigPath = "flood.mailbox";

    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) =>
        new Queue(Config.GetInt("foreign-limit", 1024), system.DeadLetters);

    /// <summary>A queue that counts link messages separately.</summary>
    public sealed class Queue(int limit, IActorRef deadLetters) : IMessageQueue, IUnboundedMessageQueueSemantics
    {
        private readonly ConcurrentQueue<Envelope> _queue = new();
        private int _foreign;

        /// <inheritdoc/>
        public bool HasMessages => !_queue.IsEmpty;

        /// <inheritdoc/>
        public int Count => _queue.Count;

        /// <inheritdoc/>
        public void Enqueue(IActorRef receiver, Envelope envelope)
        {
            if (envelope.Message is LinkLetter && Interlocked.Increment(ref _foreign) > limit)
            {
                Interlocked.Decrement(ref _foreign);
                return;
            }
            _queue.Enqueue(envelope);
        }

        /// <inheritdoc/>
        public bool TryDequeue(out Envelope envelope)
        {
            if (!_queue.TryDequeue(out envelope)) return false;
            if (envelope.Message is LinkLetter) Interlocked.Decrement(ref _foreign);
            return true;
        }

        /// <inheritdoc/>
        public void CleanUp(IActorRef owner, IMessageQueue deadletters)
        {
            while (TryDequeue(out var envelope))
                if (envelope.Message is not LinkLetter) deadletters.Enqueue(deadLetters, envelope);
        }
    }
}

/// <summary>Where the actors of a node run; the same for every node.</summary>
internal static class NodeProps
{
    /// <summary>In this process, on the flood's dispatcher, with a mailbox that peers cannot fill.</summary>
    public static Props OfNode(this Props props) =>
        props.WithDeploy(Deploy.Local).WithMailbox(FloodMailbox.ConfigPath)
            .WithDispatcher(HandOverExecutorConfigurator.ConfigPath);
}
