using System.Diagnostics;
using FloodActors.Benchmarks.Systems;

namespace FloodActors.Benchmarks.Processes;

/// <summary>
/// Publishes numbered messages, at most so many ahead of the slowest receiver, for a time or a count.
/// </summary>
internal sealed class Publisher(Setup setup, IMessageSystem system, ProgressServer progress)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly byte[] _message = TestMessage.Template(setup.Size);
    private long _next;

    /// <summary>Messages published and received by all so far.</summary>
    public long Published => _next;

    /// <summary>
    /// Sends probes until each receiver has got one: then all are there, and nothing is lost because someone was late.
    /// </summary>
    public void Probe()
    {
        for (var i = 0; i < 300; i++)
        {
            TestMessage.Stamp(_message, TestMessage.FirstProbe + i, 0);
            system.Publish(_message);
            system.Flush();
            if (progress.WaitForProbes(TimeSpan.FromMilliseconds(100))) return;
        }
        throw new TimeoutException("no probe reached every receiver within 30 s");
    }

    /// <summary>
    /// Publishes until the time is over or the count is reached, rounded up to whole reports, and waits until everyone
    /// has everything. Answers how many messages that were, and the seconds from the first to the last report of the
    /// slowest.
    /// </summary>
    public (long Messages, double Seconds) Run(double seconds, long messages)
    {
        var first = _next;
        var start = Stopwatch.GetTimestamp();
        while (_next % setup.ReportEvery != 0
            || (messages > 0 ? _next - first < messages : Stopwatch.GetElapsedTime(start).TotalSeconds < seconds))
        {
            if (setup.Rate > 0) AwaitTurn(start, _next - first);
            if (_next - progress.Slowest >= setup.Outstanding) Await(_next - setup.Outstanding + 1);
            var burst =
                setup.Rate > 0 ? 1 : Math.Min(setup.ReportEvery, setup.Outstanding - (_next - progress.Slowest));
            for (var end = _next + burst; _next < end; _next++)
            {
                TestMessage.Stamp(_message, _next, setup.Latency ? Stopwatch.GetTimestamp() : _next);
                system.Publish(_message);
                if (_next % setup.ReportEvery == setup.ReportEvery - 1)
                {
                    _next++;
                    break;
                }
            }
        }
        system.Flush();
        Await(_next);
        return (_next - first, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>
    /// Open loop: message number n goes at n / rate, or as soon after as this thread gets to run. Sleeping leaves the
    /// cores to the others.
    /// </summary>
    private void AwaitTurn(long start, long sent)
    {
        while (true)
        {
            var early = (sent / setup.Rate) - Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (early <= 0) return;
            Thread.Sleep(early > 0.001 ? (int)(early * 1000) : 1);
        }
    }

    private void Await(long count)
    {
        if (!progress.WaitFor(count, Patience))
            throw new TimeoutException(
                $"of {_next} messages some got lost: no progress for {Patience.TotalSeconds} s; {progress}");
    }
}
