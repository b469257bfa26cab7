using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace FloodActors.Actors;

/// <summary>
/// Runs a node's actors on the .NET thread pool, but the actor that was woken last runs next on the same thread instead
/// of waking another thread: a frame goes from its link to the node and on to the subscriber while it is still in that
/// core's cache, and without a thread switch for each step. An actor that was to run next and is pushed aside runs
/// after the newer one; pushed aside again, it goes to the pool, where idle threads take it. So a frame that is
/// forwarded to one peer stays on its thread, and work spreads over the cores as soon as there is more to do. The
/// schedulers of Go (<c>runnext</c>) and Tokio (the LIFO slot) do the same. An actor that is woken in another flood of
/// the process takes its turn behind everything that waits (<see cref="HandOverExecutor.TellOtherFlood"/>): served last
/// come, first served, a message would walk through the nodes one after the other instead of spreading.
/// </summary>
/// <remarks>
/// With <c>may-block = on</c>, for actors that call the application's code, an actor still runs on the thread that woke
/// it, but last: nothing waits behind it, and everything that it wakes goes to the pool. So blocking code costs a
/// pool thread, as it would anywhere, and stalls no actor of the node.
/// </remarks>
internal sealed class HandOverExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    : ExecutorServiceConfigurator(config, prerequisites)
{
    /// <summary>The path of the settings of the dispatcher for a node's own actors.</summary>
    public const string ConfigPath = "flood.dispatcher";

    /// <inheritdoc/>
    public override ExecutorService Produce(string id) =>
        new HandOverExecutor(id, Config.GetBoolean("may-block", false));
}

internal sealed class HandOverExecutor(string id, bool mayBlock) : ExecutorService(id)
{
    /// <summary>
    /// The most actors that run one after the other on a thread before it returns to the pool, where other work may be
    /// waiting.
    /// </summary>
    private const int Streak = 16;

    [ThreadStatic] private static Turn? s_turn;
    [ThreadStatic] private static bool s_isToOtherFlood;

    /// <summary>Whether a check for actors that wait too long is scheduled; for tests.</summary>
    internal static bool IsLookExpected => Rescuer.IsExpected;

    /// <summary>
    /// Tells an actor of another flood, which may be in this process: its turn comes after everything that waits
    /// already.
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

    /// <summary>Runs something on this thread, and then the actors that it wakes.</summary>
    internal static void RunHere(IRunnable run) => (s_turn ??= Rescuer.Watch(new Turn())).Run(run);

    private static void ToPool(IRunnable? run, bool mayBlock)
    {
        if (run is not null) ThreadPool.UnsafeQueueUserWorkItem(new Start(run, mayBlock), preferLocal: true);
    }

    /// <summary>
    /// What runs next on a thread. Either the thread itself or the <see cref="Rescuer"/>
    /// takes it out and runs it.
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
                // Mailboxes catch what actors throw; an exception that gets through must not affect other actors.
                _isOpen = false;
                Volatile.Write(ref _runs, _runs + 1);
                ToPool(Interlocked.Exchange(ref Next, null), mayBlock: false);
                ToPool(Interlocked.Exchange(ref Then, null), mayBlock: false);
                if (!done) ToPool(Interlocked.Exchange(ref Last, null), mayBlock: true);
            }
            Interlocked.Exchange(ref Last, null)?.Run();
        }

        /// <summary>
        /// Passes to the pool what waits behind an actor that has been running since the last check. Returns
        /// whether something still waits.
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
    /// wait for the very actor that would run next there. So while an actor waits for its turn, a timer checks ten
    /// times a second whether the thread has made progress, and passes the waiting actor to the pool if not. In an idle
    /// node no actor waits, and there is no timer.
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
        /// Makes sure that a check is scheduled. To be called after something has been made to wait, so that the check
        /// sees it: each side first sets what the other reads.
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
