using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Streams;

namespace FloodActors.Streams.Tests.Streams;

/// <summary>A flood in an actor system without remoting, with what it was told.</summary>
internal sealed class LocalFlood : IAsyncDisposable
{
    private LocalFlood(ActorSystem system, Flood flood, ConcurrentQueue<FloodEvent> events)
    {
        (System, Flood, Events) = (system, flood, events);
        Materializer = system.Materializer();
    }

    public ActorSystem System { get; }

    public Flood Flood { get; }

    public ConcurrentQueue<FloodEvent> Events { get; }

    public ActorMaterializer Materializer { get; }

    public IEnumerable<object> Received => Events.OfType<MessageReceived>().Select(e => e.Message.Value);

    public static LocalFlood Start(
        string name = "local", string hocon = "", Func<FloodSettings, FloodSettings>? configure = null)
    {
        var system = ActorSystem.Create("flood", ConfigurationFactory.ParseString(
            hocon).WithFallback("akka { loglevel = WARNING, stdout-loglevel = OFF, loggers = [] }"));
        var events = new ConcurrentQueue<FloodEvent>();
        return new LocalFlood(
            system,
            Flood.Start(system, new FloodCallbacks { OnEvent = events.Enqueue }, s =>
                (configure ?? (x => x))(s with { NodeName = name })),
            events);
    }

    public async Task<T> Event<T>(Func<T, bool>? where = null)
        where T : FloodEvent
    {
        await Soon.Holds(() => Events.OfType<T>().Any(where ?? (_ => true)), $"there is a {typeof(T).Name}");
        return Events.OfType<T>().First(where ?? (_ => true));
    }

    public async ValueTask DisposeAsync() => await System.Terminate();
}
