using System.Diagnostics;

namespace FloodActors.Actors;

/// <summary>
/// Knows from outside of the flood's thread which call of the validator is running. The flood's actor is inside that
/// call, so it cannot report it itself.
/// </summary>
/// <param name="limit">Calls that take no longer are not reported.</param>
internal sealed class ValidatorWatch(TimeSpan limit)
{
    private readonly Lock _gate = new();
    private FloodCandidate _candidate;
    private long _calls;
    private long _start;
    private bool _isRunning;

    /// <summary>A call begins. The flood's thread.</summary>
    public void Begin(in FloodCandidate candidate)
    {
        lock (_gate)
        {
            _candidate = candidate;
            _calls++;
            _isRunning = true;
            _start = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>The call has ended. The flood's thread.</summary>
    /// <returns>How long it took.</returns>
    public TimeSpan End()
    {
        lock (_gate)
        {
            _isRunning = false;
            _candidate = default; // its bytes are used again
            return Stopwatch.GetElapsedTime(_start);
        }
    }

    /// <summary>The running call and its number, if it exceeds the limit. Any thread.</summary>
    public (RunningValidation Call, long Number)? Look()
    {
        // The call cannot end inside the lock, so the candidate's bytes are still those of its message.
        lock (_gate)
        {
            if (!_isRunning) return null;
            var duration = Stopwatch.GetElapsedTime(_start);
            return duration < limit
                ? null
                : (new RunningValidation(
                    duration, _candidate.Topic, _candidate.Key, _candidate.Origin, _candidate.Peer), _calls);
        }
    }
}
