using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace FloodActors.Actors;

/// <summary>
/// The mailbox of a node's actors. What the node's own parts send each other is bounded by their protocol. What peers
/// send is not, if a peer breaks the protocol. So at most <c>foreign-limit</c> link messages wait in it. Further ones
/// are lost, as on a bad network: the link sends them again, or ends.
/// </summary>
public sealed class FloodMailbox(Settings settings, Config config)
    : MailboxType(settings, config), IProducesMessageQueue<FloodMailbox.Queue>
{
    /// <summary>Where its settings are.</summary>
    public const string ConfigPath = "flood.mailbox";

    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) =>
        new Queue(Config.GetInt("foreign-limit", 1024), system.DeadLetters);

    /// <summary>A queue that counts link messages apart.</summary>
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

/// <summary>Where the actors of a node run: those of every node alike.</summary>
internal static class NodeProps
{
    /// <summary>In this process, on the flood's dispatcher, with a mailbox that peers cannot make grow.</summary>
    public static Props OfNode(this Props props) =>
        props.WithDeploy(Deploy.Local).WithMailbox(FloodMailbox.ConfigPath)
            .WithDispatcher(HandOverExecutorConfigurator.ConfigPath);
}
