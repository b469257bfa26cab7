using Akka.Configuration;
using Akka.Dispatch;

namespace FloodActors.Peers;

/// <summary>
/// Runs a node's actors on the .NET thread pool, but what an actor wakes last runs next on the same thread instead of waking another one: a frame goes from its
/// link to the node and on to the subscriber while it is still in that core's cache, and without a switch of threads for each step. What was to run
/// next and is pushed aside goes to the pool, where idle threads take it; so work spreads over the cores as soon as there is more than one thing to do. Known
/// from the schedulers of Go (<c>runnext</c>) and Tokio (the LIFO slot).
/// </summary>
/// <remarks>
/// With <c>may-block = on</c>, for actors that call the application's code, an actor still runs on the thread that woke it, but last: nothing waits
/// behind it, and whatever it wakes goes to the pool. So code that blocks costs a thread of the pool, as it would anywhere, and stalls no actor of the node.
/// </remarks>
internal sealed class HandOverExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites) : ExecutorServiceConfigurator(config, prerequisites)
{
    /// <summary>Where the settings of the dispatcher of a node's own actors are.</summary>
    public const string ConfigPath = "flood.dispatcher";

    /// <inheritdoc/>
    public override ExecutorService Produce(string id) => new HandOverExecutor(id, Config.GetBoolean("may-block", false));
}

internal sealed class HandOverExecutor(string id, bool mayBlock) : ExecutorService(id)
{
    /// <summary>Actors run one after the other on a thread before it goes back to the pool, where other work may be waiting.</summary>
    private const int Streak = 16;

    [ThreadStatic] private static Turn? s_turn;

    public override void Execute(IRunnable run)
    {
        // What was to run there and is pushed aside goes to the pool.
        var aside = s_turn is { IsOpen: true } turn ? Interlocked.Exchange(ref mayBlock ? ref turn.Last : ref turn.Next, run) : run;
        ToPool(aside, mayBlock);
    }

    public override void Shutdown()
    {
    }

    /// <summary>Runs something on this thread, and then what it wakes.</summary>
    internal static void RunHere(IRunnable run) => (s_turn ??= Rescuer.Watch(new Turn())).Run(run);

    private static void ToPool(IRunnable? run, bool mayBlock)
    {
        if (run is not null) ThreadPool.UnsafeQueueUserWorkItem(new Start(run, mayBlock), preferLocal: true);
    }

    /// <summary>What runs next on a thread. Whoever takes something out of it runs it: the thread itself, or the <see cref="Rescuer"/>.</summary>
    private sealed class Turn
    {
        public IRunnable? Next;
        public IRunnable? Last;
        private volatile bool _isOpen;
        private long _runs;
        private long _runsSeen;

        public bool IsOpen => _isOpen;

        public void Run(IRunnable first)
        {
            var done = false;
            _isOpen = true;
            try
            {
                first.Run();
                for (var i = 1; i < Streak && Interlocked.Exchange(ref Next, null) is { } next; i++)
                {
                    Volatile.Write(ref _runs, _runs + 1);
                    next.Run();
                }
                done = true;
            }
            finally
            {
                // Mailboxes catch what actors throw; whatever comes through all the same must not take others with it.
                _isOpen = false;
                Volatile.Write(ref _runs, _runs + 1);
                ToPool(Interlocked.Exchange(ref Next, null), mayBlock: false);
                if (!done) ToPool(Interlocked.Exchange(ref Last, null), mayBlock: true);
            }
            Interlocked.Exchange(ref Last, null)?.Run();
        }

        /// <summary>Hands to the pool what waits behind an actor that has been running since the last look.</summary>
        public void Rescue()
        {
            var runs = Volatile.Read(ref _runs);
            if (_isOpen && runs == _runsSeen)
            {
                ToPool(Interlocked.Exchange(ref Next, null), mayBlock: false);
                ToPool(Interlocked.Exchange(ref Last, null), mayBlock: true);
            }
            _runsSeen = runs;
        }
    }

    /// <summary>
    /// An actor of the flood does not block, but a continuation of somebody's task may run on its thread, and wait for the very actor that is to run next
    /// there. So ten times a second it is looked whether something waits behind an actor that does not come to an end.
    /// </summary>
    private static class Rescuer
    {
        private static readonly List<WeakReference<Turn>> Turns = [];
        private static readonly Timer Clock = new(static _ => Look(), null, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100));

        public static Turn Watch(Turn turn)
        {
            lock (Turns) Turns.Add(new WeakReference<Turn>(turn));
            GC.KeepAlive(Clock);
            return turn;
        }

        private static void Look()
        {
            // Threads of the pool come and go, and their turns with them.
            lock (Turns)
            {
                Turns.RemoveAll(static reference =>
                {
                    if (!reference.TryGetTarget(out var turn)) return true;
                    turn.Rescue();
                    return false;
                });
            }
        }
    }

    private sealed class Start(IRunnable run, bool mayBlock) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            if (mayBlock) run.Run();
            else RunHere(run);
        }
    }
}
