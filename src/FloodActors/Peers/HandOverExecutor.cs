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
        if (s_turn is not { IsOpen: true } turn)
            ThreadPool.UnsafeQueueUserWorkItem(new Start(run, mayBlock), preferLocal: true);
        else if (mayBlock)
            Replace(ref turn.Last, run, mayBlock: true);
        else
            Replace(ref turn.Next, run, mayBlock: false);
    }

    public override void Shutdown()
    {
    }

    /// <summary>Runs something on this thread, and then what it wakes.</summary>
    internal static void RunHere(IRunnable run) => (s_turn ??= new Turn()).Run(run);

    private static void Replace(ref IRunnable? place, IRunnable run, bool mayBlock)
    {
        var aside = place;
        place = run;
        if (aside is not null) ThreadPool.UnsafeQueueUserWorkItem(new Start(aside, mayBlock), preferLocal: true);
    }

    /// <summary>What runs next on a thread.</summary>
    private sealed class Turn
    {
        public bool IsOpen;
        public IRunnable? Next;
        public IRunnable? Last;

        public void Run(IRunnable first)
        {
            var done = false;
            IRunnable? last;
            IsOpen = true;
            try
            {
                first.Run();
                for (var i = 1; i < Streak && Next is { } next; i++)
                {
                    Next = null;
                    next.Run();
                }
                done = true;
            }
            finally
            {
                // Mailboxes catch what actors throw; whatever comes through all the same must not take others with it.
                IsOpen = false;
                if (Next is { } next) ThreadPool.UnsafeQueueUserWorkItem(new Start(next, mayBlock: false), preferLocal: true);
                Next = null;
                last = Last;
                Last = null;
                if (!done && last is not null) ThreadPool.UnsafeQueueUserWorkItem(new Start(last, mayBlock: true), preferLocal: true);
            }
            last?.Run();
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
