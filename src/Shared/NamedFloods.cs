using Akka.Actor;

namespace FloodActors.Overlays;

/// <summary>
/// The floods of a system that an actor finds peers for, by name. One that is over makes room for the next of its name.
/// </summary>
/// <param name="system">The system.</param>
/// <param name="kind">Begins the names of those actors.</param>
/// <param name="floodOf">The flood itself.</param>
internal sealed class NamedFloods<T>(ExtendedActorSystem system, string kind, Func<T, Flood> floodOf)
    where T : class
{
    private readonly object _gate = new();
    private readonly Dictionary<string, T> _floods = [];
    private int _starts;

    public T GetOrStart(string name, Func<T> start)
    {
        lock (_gate) return Running(name) ?? (_floods[name] = start());
    }

    /// <exception cref="InvalidOperationException">It runs already.</exception>
    public T Start(string name, Func<T> start)
    {
        lock (_gate)
        {
            if (Running(name) is null) return _floods[name] = start();
            throw new InvalidOperationException(
                $"The flood '{name}' of system '{system.Name}' has been started before; use {typeof(T).Name}.Get.");
        }
    }

    /// <summary>
    /// Makes the actor that finds the peers. The one of a flood that is over ends by itself, but may not have yet: so a
    /// name is not used twice.
    /// </summary>
    public IActorRef Follow(string name, Props props) => system.SystemActorOf(
        props, Interlocked.Increment(ref _starts) is var starts and > 1 ? $"{kind}-{name}-{starts}" : $"{kind}-{name}");

    private T? Running(string name) =>
        _floods.TryGetValue(name, out var flood) && !floodOf(flood).Completion.IsCompleted ? flood : null;
}

/// <summary>Questions to an actor that ends with its flood.</summary>
internal static class FloodQuestions
{
    /// <summary>Asks. When the flood has ended, nobody answers any more.</summary>
    /// <exception cref="ObjectDisposedException">The node has ended.</exception>
    public static async Task<T> AskAsync<T>(
        this Flood flood, IActorRef actor, object question, CancellationToken cancellation)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var answer = actor.Ask<T>(question, Timeout.InfiniteTimeSpan, waiting.Token);
        if (await Task.WhenAny(answer, flood.Completion).ConfigureAwait(false) == answer)
            return await answer.ConfigureAwait(false);
        await waiting.CancelAsync().ConfigureAwait(false);
        throw new ObjectDisposedException(flood.Name, (await flood.Completion.ConfigureAwait(false)).Reason);
    }
}
