using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using Akka.Actor;
using Akka.Configuration;
using Akka.Discovery;
using Akka.Event;

namespace FloodActors.Discovery.Tests;

/// <summary>Real nodes over Akka.Remote, which find each other through Akka.Discovery.</summary>
public sealed class DiscoveredFloodTests
{
    private const string Quick =
        """
        akka { loglevel = WARNING, stdout-loglevel = OFF, loggers = [], actor.provider = remote }
        akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        akka.remote.retry-gate-closed-for = 100ms
        flood.discovery { service-name = "nodes", interval = 100ms, patience = 200ms, grace = 300ms }
        akka.discovery.scripted.class = "FloodActors.Discovery.Tests.ScriptedDiscovery, FloodActors.Discovery.Tests"
        """;

    [Fact]
    public async Task Nodes_listed_in_the_configuration_link_by_themselves()
    {
        var systems = Enumerable.Range(0, 3).Select(_ => ActorSystem.Create("found", Quick)).ToList();
        var endpoints = string.Join(", ", systems.Select(system => $"\"{AddressOf(system)}\""));
        var services = ConfigurationFactory.ParseString(
            $"akka.discovery {{ method = config, config.services.nodes.endpoints = [{endpoints}] }}");
        foreach (var system in systems) system.Settings.InjectTopLevelFallback(services);
        var floods = systems.Select(DiscoveredFlood.Get).ToList();

        foreach (var found in floods) await found.Flood.WhenConnected(2).WaitAsync(Limit);
        await floods[0].Flood.AppendAsync("found you");
        foreach (var found in floods) await Holds(async () => await Has(found.Flood, "found you"),
            "everyone has the message");
        var view = await floods[0].ViewAsync();
        Assert.Equal((2, 2, true, null), (view.Addresses.Count, view.Neighbours.Count, view.IsListed, view.Failure));
        await End(systems);
    }

    [Fact]
    public async Task The_flood_stays_in_one_piece_as_nodes_come_and_go_and_the_dead_are_forgotten()
    {
        var registry = ScriptedDiscovery.New();
        var floods = new List<DiscoveredFlood>();
        var systems = new List<ActorSystem>();
        void Start()
        {
            var system = ActorSystem.Create("found", Quick);
            registry.List(AddressOf(system));
            systems.Add(system);
            floods.Add(DiscoveredFlood.Start(system, configureDiscovery: s =>
                s with { Method = "scripted", ServiceName = registry.Name, CompleteUpTo = 3, Cycles = 2 }));
        }
        for (var i = 0; i < 8; i++) Start();
        await Reaches(floods, "eight");

        // Two are gone without a word, and one comes.
        foreach (var gone in systems.Take(2)) await gone.Terminate();
        foreach (var gone in systems.Take(2)) registry.Strike(AddressOf(gone));
        floods.RemoveRange(0, 2);
        Start();
        foreach (var found in floods) await Holds(async () => (await found.ViewAsync()).Addresses.Count == 6,
            "the dead are forgotten");
        await Reaches(floods, "seven");
        foreach (var found in floods)
            await Holds(async () => (await found.Flood.PeersAsync()).Count(p => p.Connected) <= 4,
                "no node has more than 2 x cycles links");
        await End(systems);
    }

    [Fact]
    public async Task A_lookup_that_fails_or_finds_nobody_changes_nothing_and_is_told()
    {
        var registry = ScriptedDiscovery.New();
        var systems = Enumerable.Range(0, 2).Select(_ => ActorSystem.Create("found", Quick)).ToList();
        foreach (var system in systems) registry.List(AddressOf(system));
        var floods = systems.Select(s => DiscoveredFlood.Start(s, configureDiscovery: d =>
            d with { Method = "scripted", ServiceName = registry.Name })).ToList();
        foreach (var found in floods) await found.Flood.WhenConnected().WaitAsync(Limit);

        registry.Failure = "the registry is down";
        await Holds(async () => (await floods[0].ViewAsync()).Failure is not null, "the failure is told");
        Assert.Contains("the registry is down", (await floods[0].ViewAsync()).Failure, StringComparison.Ordinal);
        registry.Failure = null;
        foreach (var system in systems) registry.Strike(AddressOf(system));
        await Holds(async () => (await floods[0].ViewAsync()).Failure == "it found no address",
            "an empty answer is a failure");
        // Past the grace by far: ten more lookups.
        var asked = registry.Asked;
        await Holds(() => Task.FromResult(registry.Asked > asked + 20), "it looks up again and again");
        Assert.Single((await floods[0].ViewAsync()).Addresses);
        Assert.True((await floods[0].Flood.PeersAsync()).Single().Connected);

        foreach (var system in systems) registry.List(AddressOf(system));
        await Holds(async () => (await floods[0].ViewAsync()).Failure is null, "it is over");
        await End(systems);
    }

    [Fact]
    public async Task A_node_that_the_lookup_knows_by_another_name_is_told_what_to_change()
    {
        var registry = ScriptedDiscovery.New();
        var system = ActorSystem.Create("found",
            ConfigurationFactory.ParseString("akka.remote.dot-netty.tcp.hostname = localhost").WithFallback(Quick));
        var warnings = new ConcurrentQueue<string>();
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new Listener(warnings))), typeof(Warning));
        registry.List($"127.0.0.1:{((ExtendedActorSystem)system).Provider.DefaultAddress.Port}");
        var found = DiscoveredFlood.Start(system, configureDiscovery: s =>
            s with { Method = "scripted", ServiceName = registry.Name });
        await Holds(() => Task.FromResult(warnings.Any(w => w.Contains("public-hostname", StringComparison.Ordinal))),
            "it is told");
        var view = await found.ViewAsync();
        Assert.True(view.IsListed);
        Assert.Empty(view.Addresses); // it does not dial itself
        await End([system]);
    }

    [Fact]
    public async Task After_leaving_no_question_hangs_and_a_flood_can_be_started_again()
    {
        var registry = ScriptedDiscovery.New();
        var system = ActorSystem.Create("found", Quick);
        DiscoverySettings Scripted(DiscoverySettings settings) =>
            settings with { Method = "scripted", ServiceName = registry.Name };
        var found = DiscoveredFlood.Start(system, configureDiscovery: Scripted);
        await found.Flood.LeaveAsync().WaitAsync(Limit);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => found.ViewAsync().WaitAsync(Limit));

        var again = DiscoveredFlood.Start(system, configureDiscovery: Scripted);
        Assert.Same(again, DiscoveredFlood.Get(system));
        Assert.IsType<Appended>(await again.Flood.AppendAsync("again").WaitAsync(Limit));
        Assert.NotNull(await again.ViewAsync().WaitAsync(Limit));
        await End([system]);
    }

    [Theory]
    [InlineData("flood.discovery.service-name = \"\"", "flood.discovery.service-name = \"\" is wrong")]
    [InlineData("flood.discovery.cycle = 3", "flood.discovery.cycle is no setting of FloodActors.Discovery")]
    [InlineData("flood.discovery.cycles = 1", "flood.discovery.cycles = 1 is out of range: allowed is 2 to 16")]
    [InlineData("flood.discovery.dial = both", "flood.discovery.dial = both is wrong: it must be address or host")]
    [InlineData("flood.discovery.interval = 1ms", "flood.discovery.interval = 00:00:00.0010000 is out of range")]
    [InlineData("flood.discovery.method = nowhere",
        "flood.discovery.method names a method of Akka.Discovery that cannot be started")]
    [InlineData("akka.actor.provider = local", "set akka.actor.provider = remote")]
    public async Task A_wrong_setting_is_named(string hocon, string expected)
    {
        var system = ActorSystem.Create("found", ConfigurationFactory.ParseString(hocon).WithFallback(Quick));
        var thrown = Assert.Throws<FloodConfigurationException>(() => DiscoveredFlood.Get(system));
        Assert.Contains(expected, thrown.Message, StringComparison.Ordinal);
        await system.Terminate();
    }

    private static TimeSpan Limit => TimeSpan.FromSeconds(30);

    private static string AddressOf(ActorSystem system) =>
        $"127.0.0.1:{((ExtendedActorSystem)system).Provider.DefaultAddress.Port}";

    private static async Task<bool> Has(Flood flood, string text) =>
        (await flood.DataAsync()).Messages.Any(message => message.AsText() == text);

    private static async Task Reaches(List<DiscoveredFlood> floods, string text)
    {
        await floods[^1].Flood.AppendAsync(text);
        foreach (var found in floods) await Holds(() => Has(found.Flood, text), $"everyone has '{text}'");
    }

    private static Task End(IEnumerable<ActorSystem> systems) =>
        Task.WhenAll(systems.Select(system => system.Terminate()));

    private static async Task Holds(Func<Task<bool>> condition, string what)
    {
        var deadline = DateTime.UtcNow + Limit;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition())
        {
            if (DateTime.UtcNow > deadline) Assert.Fail($"Within {Limit} it did not hold that {what}.");
            await timer.WaitForNextTickAsync();
        }
    }

    private sealed class Listener(ConcurrentQueue<string> lines) : UntypedActor
    {
        protected override void OnReceive(object message) => lines.Enqueue(message.ToString()!);
    }
}

/// <summary>A registry of a test, as a method of Akka.Discovery.</summary>
public sealed class ScriptedDiscovery : ServiceDiscovery
{
    private static readonly ConcurrentDictionary<string, Registry> Registries = new();

    /// <summary>A registry with a name of its own.</summary>
    internal static Registry New() => Registries.GetOrAdd(Guid.NewGuid().ToString("N"), name => new Registry(name));

    /// <inheritdoc/>
    public override Task<Resolved> Lookup(Lookup lookup, TimeSpan resolveTimeout) =>
        Registries[lookup.ServiceName].Answer();

    internal sealed class Registry(string name)
    {
        private ImmutableList<ResolvedTarget> _targets = [];
        private int _asked;

        public string Name { get; } = name;

        public string? Failure { get; set; }

        public int Asked => Volatile.Read(ref _asked);

        public void List(string address) =>
            ImmutableInterlocked.Update(ref _targets, targets => targets.Add(Target(address)));

        public void Strike(string address) =>
            ImmutableInterlocked.Update(ref _targets, targets => targets.Remove(Target(address)));

        public Task<Resolved> Answer()
        {
            Interlocked.Increment(ref _asked);
            return Failure is { } failure ? throw new InvalidOperationException(failure)
                : Task.FromResult(new Resolved(Name, _targets));
        }

        private static ResolvedTarget Target(string address)
        {
            var parts = address.Split(':');
            return new ResolvedTarget("node.example",
                int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), IPAddress.Parse(parts[0]));
        }
    }
}
