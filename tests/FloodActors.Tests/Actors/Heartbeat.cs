using System.Collections.Concurrent;
using FloodActors.Wire;

namespace FloodActors.Tests.Actors;

/// <summary>
/// Says for links that they live, from a thread of its own: on a busy machine a test may not come to it in time.
/// </summary>
internal sealed class Heartbeat : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentQueue<HostileLink> _links = new();
    private readonly ManualResetEventSlim _isOver = new();
    private readonly Thread _thread;

    public Heartbeat()
    {
        _thread = new Thread(Beat) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>From now on for this link, too.</summary>
    public void Add(HostileLink link) => _links.Enqueue(link);

    public void Dispose()
    {
        _isOver.Set();
        _thread.Join();
        _isOver.Dispose();
    }

    private void Beat()
    {
        while (!_isOver.Wait(Interval))
            foreach (var link in _links) link.Say(new Ping(link.Session, default));
    }
}
