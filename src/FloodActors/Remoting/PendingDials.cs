using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;
using Akka.Remote.Transport;

namespace FloodActors.Remoting;

/// <summary>
/// Dials that nobody answers: a port accepts the connection and then is silent, like a frozen node. Akka stops
/// waiting after <c>handshake-timeout</c>, starts again, and leaves the connection open; with TLS there is no handle
/// yet with which to close it. So the next dial of that address waits for the same connection, and there is one for
/// each address, not one for each attempt.
/// </summary>
/// <param name="patience">How long each waits; Akka's <c>handshake-timeout</c>, since the previous dial has given
/// up by then.</param>
/// <param name="log">Gets the reason why a connection is closed.</param>
internal sealed class PendingDials(TimeSpan patience, ILoggingAdapter log)
{
    private readonly ConcurrentDictionary<Address, Pending> _pending = new();

    /// <exception cref="InvalidAssociationException">It took longer than the patience.</exception>
    public async Task<AssociationHandle> Dial(Address address, Func<Task<AssociationHandle>> begin)
    {
        if (!_pending.TryRemove(address, out var pending)) pending = new Pending(begin());
        try
        {
            return await pending.Handle.WaitAsync(patience).ConfigureAwait(false);
        }
        catch (TimeoutException e) when (!pending.Handle.IsCompleted)
        {
            // Now the next dial can use it. If nobody is waiting when it is established after all, it is closed.
            if (_pending.TryAdd(address, pending)) pending.WatchOnce(() => CloseUnused(address, pending));
            var seconds = patience.TotalSeconds;
            throw new InvalidAssociationException(
                $"{address.Host}:{address.Port} accepted the connection and sent nothing for {seconds:0.#} s.", e);
        }
    }

    private void CloseUnused(Address address, Pending pending)
    {
        if (!_pending.TryRemove(KeyValuePair.Create(address, pending))) return;
        if (pending.Handle.IsCompletedSuccessfully) pending.Handle.Result.Disassociate("the dial was given up", log);
        else _ = pending.Handle.Exception; // observed: the dial has been reported as failed
    }

    private sealed class Pending(Task<AssociationHandle> handle)
    {
        private bool _isWatched;

        public Task<AssociationHandle> Handle { get; } = handle;

        /// <summary>Called by one dial after the other, so this needs no lock.</summary>
        public void WatchOnce(Action ended)
        {
            if (_isWatched) return;
            _isWatched = true;
            _ = Handle.ContinueWith(_ => ended(), TaskScheduler.Default);
        }
    }
}
