using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace FloodActors.Actors;

/// <summary>
/// Runs a node's actors on the .NET thread pool, but what an actor wakes last runs next on the same thread instead of
/// waking another one: a frame goes from its link to the node and on to the subscriber while it is still in that core's
/// cache, and without a switch of threads for each step. One that was to run next and is pushed aside runs after it;
/// pushed aside again, it goes to the pool, where idle threads take it. So a frame that is passed on to one peer stays
/// on its thread, and work spreads over the cores as soon as there is more to do. Known from the schedulers of Go
/// (<c>runnext</c>) and Tokio (the LIFO slot). What an actor wakes in another flood of the process
/// takes its turn behind all that waits (<see cref="HandOverExecutor.TellOtherFlood"/>): served last come, first
/// served, a message would walk through the nodes one after the other instead of spreading.
/// </summary>
/// <remarks>
/// With <c>may-block = on</c>, for actors that call the application's code, an actor still runs on the thread that woke
/// it, but last: nothing waits behind it, and whatever it wakes goes to the pool. So code that blocks costs a thread of
/// the pool, as it would anywhere, and stalls no actor of the node.
/// </remarks>
internal sealed class HandOverExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    : ExecutorServiceConfigurator(config, prerequisites)
{
    /// <summary>Where the settings of the dispatcher of a node's own actors are.</summary>
    public const string ConfigPath = "flood.dispatcher";

    /// <inheritdoc/>
    public override ExecutorService Produce(string id) =>
        new HandOverExecutor(id, Config.GetBoolean("may-block", false));
}

internal sealed class HandOverExecutor(string id, bool mayBlock) : ExecutorService(id)
{
    /// <summary>
    /// Actors run one after the other on a thread before it goes back to the pool, where other work may be waiting.
    /// </summary>
    private const int Streak = 16;

    [ThreadStatic] private static Turn? s_turn;
    [ThreadStatic] private static bool s_isToOtherFlood;

    /// <summary>Whether it will be looked for what waits too long; for tests.</summary>
    internal static bool IsLookExpected => Rescuer.IsExpected;

    /// <summary>
    /// Tells an actor of another flood, which may be in this process: its turn comes behind what waits already.
    /// </summary>
    public static void TellOtherFlood(ICanTell other, object message, IActorRef sender)
    {
        s_isToOtherFlood = true;
        try
        {
            other.Tell(message, sender);
        }
        finally
        {
            s_isToOtherFlood = false;
        }
    }

    public override void Execute(IRunnable run)
    {
        if (s_isToOtherFlood)
        {
            ThreadPool.UnsafeQueueUserWorkItem(new Start(run, mayBlock), preferLocal: false);
            return;
        }
        if (s_turn is not { IsOpen: true } turn)
        {
            ToPool(run, mayBlock);
            return;
        }
        var aside = Interlocked.Exchange(ref mayBlock ? ref turn.Last : ref turn.Next, run);
        if (aside is not null && !mayBlock) aside = Interlocked.Exchange(ref turn.Then, aside);
        ToPool(aside, mayBlock);
        Rescuer.Expect();
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

    /// <summary>
    /// What runs next on a thread. Whoever takes something out of it runs it: the thread itself, or the
    /// <see cref="Rescuer"/>.
    /// </summary>
    private sealed class Turn
    {
        public IRunnable? Next;
        public IRunnable? Then;
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
                for (var i = 1; i < Streak && Pop() is { } next; i++)
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
                ToPool(Interlocked.Exchange(ref Then, null), mayBlock: false);
                if (!done) ToPool(Interlocked.Exchange(ref Last, null), mayBlock: true);
            }
            Interlocked.Exchange(ref Last, null)?.Run();
        }

        /// <summary>
        /// Hands to the pool what waits behind an actor that has been running since the last look. Answers whether
        /// something still waits.
        /// </summary>
        public bool Rescue()
        {
            var runs = Volatile.Read(ref _runs);
            if (_isOpen && runs == _runsSeen)
            {
                ToPool(Interlocked.Exchange(ref Next, null), mayBlock: false);
                ToPool(Interlocked.Exchange(ref Then, null), mayBlock: false);
                ToPool(Interlocked.Exchange(ref Last, null), mayBlock: true);
            }
            _runsSeen = runs;
            return Volatile.Read(ref Next) is not null || Volatile.Read(ref Then) is not null
                || Volatile.Read(ref Last) is not null;
        }

        private IRunnable? Pop() => Interlocked.Exchange(ref Next, null) ?? Interlocked.Exchange(ref Then, null);
    }

    /// <summary>
    /// An actor of the flood does not block. But a continuation of the application's task may run on its thread and
    /// wait for the very actor that would run next there. So while an actor waits for its turn, a timer looks ten times
    /// a second whether the thread has made progress, and hands the waiting actor to the pool if not. In an idle node
    /// no actor waits, and there is no timer.
    /// </summary>
    private static class Rescuer
    {
        private const int IntervalMs = 100;
        private static readonly List<WeakReference<Turn>> Turns = [];
        private static readonly Timer Clock = new(static _ => Look());
        private static int s_expected;

        public static bool IsExpected => Volatile.Read(ref s_expected) != 0;

        public static Turn Watch(Turn turn)
        {
            lock (Turns) Turns.Add(new WeakReference<Turn>(turn));
            return turn;
        }

        /// <summary>
        /// There will be a look. To be called when something has been made to wait, which the look then sees: either
        /// sets first what the other reads.
        /// </summary>
        public static void Expect()
        {
            if (!IsExpected && Interlocked.Exchange(ref s_expected, 1) == 0) Clock.Change(IntervalMs, Timeout.Infinite);
        }

        private static void Look()
        {
            Interlocked.Exchange(ref s_expected, 0);
            var waits = false;
            // Threads of the pool come and go, and their turns with them.
            lock (Turns)
            {
                Turns.RemoveAll(reference =>
                {
                    if (!reference.TryGetTarget(out var turn)) return true;
                    waits |= turn.Rescue();
                    return false;
                });
            }
            if (waits) Expect();
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
