using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;

namespace FloodActors.Tests.Actors;

/// <summary>A node in an actor system of its own, on a free port, with what it was told.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private TestNode(ActorSystem system, Flood flood, ConcurrentQueue<FloodEvent> events)
    {
        System = system;
        Flood = flood;
        Events = events;
    }

    public ActorSystem System { get; }

    public Flood Flood { get; }

    public ConcurrentQueue<FloodEvent> Events { get; }

    public string Address
    {
        get
        {
            var address = ((ExtendedActorSystem)System).Provider.DefaultAddress;
            return $"{address.Host}:{address.Port}";
        }
    }

    /// <summary>Texts received from peers, in order.</summary>
    public IReadOnlyList<string> Received =>
        Events.OfType<MessageReceived>().Where(e => e.Message.Kind == PayloadKind.Text).Select(e => e.Message.AsText())
            .ToList();

    public static TestNode Start(string name, string hocon = "", Func<FloodSettings, FloodSettings>? configure = null)
    {
        var config = ConfigurationFactory.ParseString(hocon).WithFallback(ConfigurationFactory.ParseString(
            """
            akka {
              loglevel = WARNING
              stdout-loglevel = OFF
              actor.provider = remote
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
              remote.retry-gate-closed-for = 200ms
            }
            """));
        var system = ActorSystem.Create("flood", config);
        var events = new ConcurrentQueue<FloodEvent>();
        var flood = Flood.Start(system, new FloodCallbacks { OnEvent = events.Enqueue }, s =>
            (configure ?? (x => x))(s with { NodeName = name }));
        return new TestNode(system, flood, events);
    }

    public async ValueTask DisposeAsync() => await System.Terminate();
}

internal static class Eventually
{
    /// <summary>
    /// Waits until a condition holds, looking again and again; the bound is only there to end a failing test.
    /// </summary>
    public static Task Holds(Func<bool> condition, string what, int seconds = 20) =>
        HoldsAsync(() => Task.FromResult(condition()), what, seconds);

    /// <inheritdoc cref="Holds"/>
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what, int seconds = 20)
    {
        var deadline = DateTime.UtcNow.AddSeconds(seconds);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await condition())
        {
            if (DateTime.UtcNow > deadline) Assert.Fail($"Within {seconds} s it did not hold that {what}.");
            await timer.WaitForNextTickAsync();
        }
    }
}
