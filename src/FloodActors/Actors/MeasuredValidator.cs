using System.Diagnostics;
using Akka.Event;
using FloodActors.Core;

namespace FloodActors.Actors;

/// <summary>The application's validator, with a watch on its time and on what it throws.</summary>
internal sealed class MeasuredValidator(IFloodValidator validator, TimeSpan limit, ILoggingAdapter log)
    : IFloodValidator
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(60);

    private long _logged;

    /// <summary>The node's.</summary>
    public NodeCounters? Counters { get; set; }

    public FloodVerdict Check(in FloodCandidate candidate)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            return validator.Check(candidate);
        }
        // The application's code may throw what it likes, and no peer is to blame for it.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            if (Counters is not null) Counters.ValidatorFailures++;
            if (MayLog()) log.Error(e, "The validator threw; the message is ignored");
            return FloodVerdict.Ignore("the validator failed");
        }
        finally
        {
            var taken = Stopwatch.GetElapsedTime(start);
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

    private bool MayLog()
    {
        if (_logged != 0 && Stopwatch.GetElapsedTime(_logged) < Quiet) return false;
        _logged = Stopwatch.GetTimestamp();
        return true;
    }
}
