using Akka.Actor;

namespace FloodActors.Actors;

/// <summary>
/// Sends an actor a <see cref="Wake"/> at a given time. Akka's scheduler may be as coarse as a quarter of a second.
/// </summary>
internal sealed class Alarm(IActorRef actor) : IDisposable
{
    private Timer? _timer;

    /// <summary>Takes the place of the time that was set before.</summary>
    public void Set(long milliseconds)
    {
        _timer ??= new Timer(_ => actor.Tell(Wake.Instance));
        _timer.Change(Math.Max(0, milliseconds), Timeout.Infinite);
    }

    public void Dispose() => _timer?.Dispose();
}
