using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using FloodActors.Core;

namespace FloodActors.Actors;

/// <summary>The application's validator, with a check of its time and of its exceptions.</summary>
internal sealed class MeasuredValidator(IFloodValidator validator, TimeSpan limit, ILoggingAdapter log)
    : IFloodValidator
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(60);

    /// <summary>Calls that take longer are reported while they run. A busy machine may hold up shorter ones.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Warnings about different calls that are still running are at least so far apart.</summary>
    private static readonly TimeSpan BetweenCalls = TimeSpan.FromSeconds(10);

    private readonly ValidatorWatch _watch = new(limit > Long ? limit : Long);

    private long _logged;

    // Of the last call that was logged while it was running; used by Look alone.
    private long _warnedCall;
    private long _warned;
    private TimeSpan _warnedAfter;

    /// <summary>The node's.</summary>
    public NodeCounters? Counters { get; set; }

    /// <summary>The call that has been running for long, if there is one. Any thread.</summary>
    public RunningValidation? Running => _watch.Look()?.Call;

    public FloodVerdict Check(in FloodCandidate candidate)
    {
        _watch.Begin(candidate);
        try
        {
            return validator.Check(candidate);
        }
        // The application's code may throw any exception, and no peer is to blame for it.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            if (Counters is not null) Counters.ValidatorFailures++;
            if (MayLog()) log.Error(e, "The validator threw; the message is ignored");
            return FloodVerdict.Ignore("the validator failed");
        }
        finally
        {
            var taken = _watch.End();
            if (taken > limit)
            {
                if (Counters is not null) Counters.ValidatorSlow++;
                if (MayLog())
                {
                    log.Warning(
                        "The validator took {0} ms for a message; flood.validator-time is {1} ms. The whole flood "
                        + "waits for it", taken.TotalMilliseconds, limit.TotalMilliseconds);
                }
            }
        }
    }

    /// <summary>
    /// Looks for a call that does not return, and logs it while it runs. On the scheduler's thread: the flood's is in
    /// that call, and a validator that waits for the thread pool may be what keeps the pool busy.
    /// </summary>
    public ICancelable StartLooking(IScheduler scheduler) =>
        scheduler.Advanced.ScheduleRepeatedlyCancelable(LookInterval, LookInterval, LogRunning);

    private void LogRunning()
    {
        if (_watch.Look() is not (var call, var number)) return;
        var isKnown = number == _warnedCall;
        if (isKnown && call.Duration < 2 * _warnedAfter) return;
        if (!isKnown && _warned != 0 && Stopwatch.GetElapsedTime(_warned) < BetweenCalls) return;
        (_warnedCall, _warned, _warnedAfter) = (number, Stopwatch.GetTimestamp(), call.Duration);
        log.Warning("The whole flood stands still: {0}. Nothing can end the call", call);
    }

    private bool MayLog()
    {
        if (_logged != 0 && Stopwatch.GetElapsedTime(_logged) < Quiet) return false;
        _logged = Stopwatch.GetTimestamp();
        return true;
    }
}
