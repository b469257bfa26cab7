using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Remote;
using Akka.Remote.Transport;

namespace FloodActors.Cluster.Tests;

/// <summary>A clustered node in an actor system of its own, on a free port, with what its flood told.</summary>
internal sealed class ClusterNode : IAsyncDisposable
{
    /// <summary>Lets <see cref="Blackhole"/> work.</summary>
    public const string Throttled = """akka.remote.dot-netty.tcp.applied-adapters = ["trttl"]""";

    private const string Base =
        """
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          actor.provider = cluster
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
          coordinated-shutdown {
            exit-clr = off
            # A system that is terminated at the end of a test does not wait for the others to let it go.
            # Who shows leaving runs the shutdown.
            run-by-actor-system-terminate = off
          }
          cluster {
            min-nr-of-members = 1
            gossip-interval = 100ms
            leader-actions-interval = 100ms
            unreachable-nodes-reaper-interval = 200ms
            publish-stats-interval = off
            failure-detector { heartbeat-interval = 200ms, acceptable-heartbeat-pause = 1500ms }
            downing-provider-class = ""
          }
        }
        """;

    private ClusterNode(string name, ActorSystem system, ClusterFlood clustered, ConcurrentQueue<FloodEvent> events)
    {
        (Name, System, Clustered, Events) = (name, system, clustered, events);
        Cluster = Akka.Cluster.Cluster.Get(system);
    }

    public string Name { get; }

    public ActorSystem System { get; }

    public Akka.Cluster.Cluster Cluster { get; }

    public ClusterFlood Clustered { get; }

    public Flood Flood => Clustered.Flood;

    public ConcurrentQueue<FloodEvent> Events { get; }

    public Address Address => Cluster.SelfAddress;

    public int Links => Events.Sum(e => e is PeerConnected ? 1 : e is PeerDisconnected ? -1 : 0);

    /// <summary>Texts that are new here, in order, own ones included.</summary>
    public IReadOnlyList<string> Texts => Events.Select(e => e switch
    {
        MessageReceived received => received.Message.AsText(),
        MessageAppended appended => appended.Message.AsText(),
        _ => null,
    }).OfType<string>().ToList();

    public static ClusterNode Start(
        string name, string hocon = "", Func<FloodSettings, FloodSettings>? configure = null,
        Func<ClusterFloodSettings, ClusterFloodSettings>? cluster = null, string flood = Flood.DefaultName)
    {
        var system = ActorSystem.Create(
            "clustered", ConfigurationFactory.ParseString(hocon).WithFallback(ConfigurationFactory.ParseString(Base)));
        var events = new ConcurrentQueue<FloodEvent>();
        var clustered = ClusterFlood.Start(
            system, new FloodCallbacks { OnEvent = events.Enqueue },
            s => (configure ?? (x => x))(s with { NodeName = name }), cluster, flood);
        return new ClusterNode(name, system, clustered, events);
    }

    /// <summary>Starts nodes that join the first.</summary>
    public static async Task<List<ClusterNode>> StartCluster(
        int count, string hocon = "", Func<ClusterFloodSettings, ClusterFloodSettings>? cluster = null,
        Func<FloodSettings, FloodSettings>? configure = null)
    {
        var nodes = Enumerable.Range(0, count).Select(i => Start($"n{i}", hocon, configure, cluster)).ToList();
        foreach (var node in nodes) node.Cluster.Join(nodes[0].Address);
        await Eventually.Holds(() => nodes.All(n => n.CountUp == count), $"all {count} members are up");
        return nodes;
    }

    /// <summary>
    /// Needs <see cref="Throttled"/>: what the two send each other is lost in silence, or arrives again.
    /// </summary>
    public async Task Blackhole(ClusterNode other, bool on)
    {
        ThrottleMode mode = on ? Akka.Remote.Transport.Blackhole.Instance : Unthrottled.Instance;
        foreach (var (from, to) in new[] { (this, other), (other, this) })
            Assert.True(
                await (
                    (IRemoteActorRefProvider)((ExtendedActorSystem)from.System).Provider).Transport.ManagementCommand(
                    new SetThrottle(to.Address.WithProtocol("akka"), ThrottleTransportAdapter.Direction.Both, mode)));
    }

    public bool SeesUnreachable(ClusterNode other) => Cluster.State.Unreachable.Any(m => m.Address == other.Address);

    public int CountUp => Cluster.State.Members.Count(m => m.Status == MemberStatus.Up);

    public async ValueTask DisposeAsync() => await System.Terminate();
}

internal static class Eventually
{
    /// <summary>
    /// Waits until a condition holds, looking again and again; the bound is only there to end a failing test.
    /// </summary>
    public static async Task Holds(Func<bool> condition, string what, int seconds = 30)
    {
        var deadline = DateTime.UtcNow.AddSeconds(seconds);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!condition())
        {
            if (DateTime.UtcNow > deadline) Assert.Fail($"Within {seconds} s it did not hold that {what}.");
            await timer.WaitForNextTickAsync();
        }
    }

    public static async Task Holds(Func<Task<bool>> condition, string what, int seconds = 30)
    {
        var deadline = DateTime.UtcNow.AddSeconds(seconds);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition())
        {
            if (DateTime.UtcNow > deadline) Assert.Fail($"Within {seconds} s it did not hold that {what}.");
            await timer.WaitForNextTickAsync();
        }
    }
}
