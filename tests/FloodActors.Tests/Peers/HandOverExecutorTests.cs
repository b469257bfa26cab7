using Akka.Configuration;
using Akka.Dispatch;
using FloodActors.Actors;

namespace FloodActors.Tests.Peers;

public sealed class HandOverExecutorTests
{
    private readonly HandOverExecutor _node = new("node", mayBlock: false);
    private readonly HandOverExecutor _listeners = new("listeners", mayBlock: true);

    [Fact]
    public async Task What_is_woken_last_runs_next_on_the_same_thread()
    {
        var first = 0;
        var second = 0;
        await Threads(done => _node.Execute(new Run(() =>
        {
            first = Environment.CurrentManagedThreadId;
            _node.Execute(new Run(() =>
            {
                second = Environment.CurrentManagedThreadId;
                done();
            }));
        })), 1);
        Assert.NotEqual(0, first);
        Assert.Equal(first, second);
    }

    [Fact]
    public async Task What_is_pushed_aside_still_runs()
    {
        // More than one thing to do: all but one go to the pool. Deeper than a streak, too.
        await Threads(done => _node.Execute(new Run(() => Spread(done, 6))), 64);

        void Spread(Action done, int depth)
        {
            if (depth == 0)
            {
                done();
                return;
            }
            for (var i = 0; i < 2; i++) _node.Execute(new Run(() => Spread(done, depth - 1)));
        }
    }

    [Fact]
    public async Task What_is_pushed_aside_once_stays_on_the_thread()
    {
        // A frame from a peer wakes the link that it came by and the one it goes out by: neither needs another thread.
        var order = new List<(string Name, int Thread)>();
        var first = 0;
        await Threads(
            done => _node.Execute(new Run(() =>
            {
                first = Environment.CurrentManagedThreadId;
                _node.Execute(new Run(() => Note("in", done)));
                _node.Execute(new Run(() => Note("out", done)));
            })),
            2);
        Assert.Equal([("out", first), ("in", first)], order);

        void Note(string name, Action done)
        {
            order.Add((name, Environment.CurrentManagedThreadId));
            done();
        }
    }

    [Fact]
    public async Task A_chain_longer_than_a_streak_goes_on()
    {
        await Threads(done => Step(done, 200), 1);

        void Step(Action done, int left)
        {
            if (left == 0) done();
            else _node.Execute(new Run(() => Step(done, left - 1)));
        }
    }

    [Fact]
    public async Task What_may_block_runs_after_all_else_and_holds_nothing_up()
    {
        using var release = new ManualResetEventSlim();
        var order = new List<string>();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Threads(
            done => _node.Execute(new Run(() =>
            {
                _listeners.Execute(new Run(() =>
                {
                    order.Add("listener");
                    // The node goes on while this one blocks.
                    _node.Execute(new Run(release.Set));
                    Assert.True(release.Wait(TimeSpan.FromSeconds(20)));
                    told.SetResult();
                    done();
                }));
                _node.Execute(new Run(() => order.Add("node")));
            })),
            1);
        await told.Task;
        Assert.Equal(["node", "listener"], order);
    }

    [Fact]
    public async Task What_throws_takes_nothing_with_it()
    {
        var thrown = new List<Exception>();
        await Threads(
            done =>
            {
                // As the thread pool would call it, but for the exception, which would end the process.
                var turn = new Thread(() =>
                {
                    try
                    {
                        HandOverExecutor.RunHere(new Run(() =>
                        {
                            _node.Execute(new Run(done));
                            _listeners.Execute(new Run(done));
                            throw new InvalidOperationException("an actor system's last breath");
                        }));
                    }
                    catch (InvalidOperationException e)
                    {
                        thrown.Add(e);
                    }
                });
                turn.Start();
                turn.Join();
            },
            2);
        Assert.Single(thrown);
    }

    [Fact]
    public async Task Whoever_waits_on_a_thread_for_what_is_to_run_next_on_it_does_not_wait_for_ever()
    {
        // Again after it was seen to: nobody looks while nothing waits, so each time somebody has to begin.
        for (var i = 0; i < 3; i++)
        {
            using var all = new CountdownEvent(3);
            await Threads(
                done => _node.Execute(new Run(() =>
                {
                    _node.Execute(new Run(() => all.Signal()));
                    _node.Execute(new Run(() => all.Signal()));
                    _listeners.Execute(new Run(() => all.Signal()));
                    if (all.Wait(TimeSpan.FromSeconds(20))) done();
                })),
                1);
        }
    }

    [Fact]
    public async Task It_is_not_looked_for_what_waits_when_nothing_does()
    {
        using var waiting = new ManualResetEventSlim();
        await Threads(
            done => _node.Execute(new Run(() =>
            {
                _node.Execute(new Run(waiting.Set));
                if (waiting.Wait(TimeSpan.FromSeconds(20))) done();
            })),
            1);
        Assert.True(SpinWait.SpinUntil(() => !HandOverExecutor.IsLookExpected, TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void It_is_made_from_HOCON()
    {
        var made = new HandOverExecutorConfigurator(ConfigurationFactory.ParseString("may-block = on"), null!)
            .Produce("x");
        Assert.Equal("x", Assert.IsType<HandOverExecutor>(made).Id);
    }

    /// <summary>Waits until <c>done</c> was called so many times; answers from which threads.</summary>
    private static async Task<HashSet<int>> Threads(Action<Action> start, int times)
    {
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var threads = new HashSet<int>();
        var count = 0;
        start(() =>
        {
            lock (threads) threads.Add(Environment.CurrentManagedThreadId);
            if (Interlocked.Increment(ref count) == times) all.SetResult();
        });
        await all.Task.WaitAsync(TimeSpan.FromSeconds(30));
        return threads;
    }

    private sealed class Run(Action action) : IRunnable
    {
        void IRunnable.Run() => action();

        public void Execute() => action();
    }
}
