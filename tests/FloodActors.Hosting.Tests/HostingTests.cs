using System.Collections.Concurrent;
using System.Diagnostics;
using Akka.Actor;
using Akka.Hosting;
using FloodActors.Cluster;
using FloodActors.Discovery;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace FloodActors.Hosting.Tests;

public sealed class HostingTests
{
    private const string Remote =
        """
        akka { loglevel = OFF, stdout-loglevel = OFF, actor.provider = remote }
        akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        """;

    private const string Clustered =
        """
        akka { loglevel = OFF, stdout-loglevel = OFF, actor.provider = cluster }
        akka.cluster { gossip-interval = 100ms, leader-actions-interval = 100ms }
        akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        """;

    [Fact]
    public async Task Settings_come_from_configuration_the_actor_from_the_registry_and_the_flood_from_the_container()
    {
        var configuration = Configuration(
            ("Flood:NodeName", "one"), ("Flood:capacity", "7"), ("Flood:PeerTimeout", "00:00:04"),
                ("Flood:Seen:MaxAge", "2h"), ("Flood:LocalFrames", "False"),
            ("Flood:Peers:0", "127.0.0.1:1"), ("Prices:Capacity", "9"));
        using var host = await Start(Remote, akka => akka
            .WithFlood(configuration.GetSection("Flood"))
            .WithFlood<PricesKey>(o => (o.Name, o.Configuration, o.Configure) = ("prices",
                configuration.GetSection("Prices"), s => s with { MaxPeers = 3 })));

        var flood = host.Services.GetRequiredService<Taker>().Flood;
        Assert.Equal(
            ("one", 7, TimeSpan.FromSeconds(4), TimeSpan.FromHours(2), false, "127.0.0.1:1"),
            (flood.Settings.NodeName, flood.Settings.Capacity, flood.Settings.PeerTimeout, flood.Settings.SeenMaxAge,
                flood.Settings.LocalFrames, flood.Settings.Peers.Single()));
        var prices = host.Services.GetRequiredKeyedService<Flood>("prices");
        Assert.Equal((9, 3), (prices.Settings.Capacity, prices.Settings.MaxPeers));
        Assert.Equal(flood.Actor, host.Services.GetRequiredService<ActorRegistry>().Get<FloodKey>());
        Assert.Equal(prices.Actor, host.Services.GetRequiredService<IRequiredActor<PricesKey>>().ActorRef);
        Assert.Same(flood, Flood.Get(host.Services.GetRequiredService<ActorSystem>()));
        await host.StopAsync();
    }

    [Theory]
    [InlineData("Flood:Capacitty", "7", "flood.capacitty is no setting of FloodActors")]
    [InlineData("Flood:Capacity", "0", "flood.capacity = 0 is out of range: allowed is 1 to")]
    [InlineData("Flood:PeerTimeout", "soon", "flood.peer-timeout = soon is wrong: it must be a duration")]
    [InlineData("Flood:Peers:0", "other-host", "flood.peers: 'other-host' cannot be dialled: write HOST:PORT")]
    [InlineData("Flood:Peers:0", "other-host:0", "flood.peers: 'other-host:0' cannot be dialled: write HOST:PORT")]
    [InlineData("Flood:Peers:0", "", "flood.peers: '' cannot be dialled: the address is empty")]
    public async Task A_wrong_setting_ends_the_start_with_an_error_that_names_it(string key, string value,
        string expected)
    {
        var configuration = Configuration((key, value));
        using var host = Build(Remote, akka => akka.WithFlood(configuration.GetSection("Flood")));
        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync());
        Assert.Contains(expected, thrown.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_checks_are_healthy_when_linked_degraded_when_isolated_and_unhealthy_when_the_actor_is_gone()
    {
        using var one = await Start(Remote, akka => akka.WithFlood());
        using var two = await Start(Remote, akka => akka.WithFlood());
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Degraded), await Health(one));

        var first = one.Services.GetRequiredService<Taker>().Flood;
        var disconnected = new ConcurrentQueue<PeerDisconnected>();
        await first.Listen(new FloodCallbacks { OnEvent = e =>
            { if (e is PeerDisconnected d) disconnected.Enqueue(d); } });
        Assert.IsType<Connected>(await first.ConnectAsync(AddressOf(two)));
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Healthy), await Health(one));

        // A host that stops leaves: the peer is told so, rather than left to find out.
        await two.StopAsync();
        await Holds(() => !disconnected.IsEmpty, "the peer was told");
        Assert.Equal(LinkEnd.Leaving, disconnected.Single().Cause);
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Degraded), await Health(one));

        await first.LeaveAsync();
        Assert.Equal((HealthStatus.Unhealthy, HealthStatus.Unhealthy), await Health(one));
        await one.StopAsync();
    }

    [Fact]
    public async Task A_clustered_flood_needs_one_line_and_is_ready_alone_and_together()
    {
        using var one = await Start(Clustered, akka => akka.WithClusteredFlood());
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Degraded), await Health(one)); // not in a cluster yet
        var cluster = Akka.Cluster.Cluster.Get(one.Services.GetRequiredService<ActorSystem>());
        cluster.Join(cluster.SelfAddress);
        await Holds(async () => await Health(one) == (HealthStatus.Healthy, HealthStatus.Healthy),
            "alone in the cluster is ready");

        var configuration = Configuration(("Flood:Cluster:Cycles", "4"));
        using var two = await Start(Clustered, akka => akka.WithClusteredFlood(configuration.GetSection("Flood")));
        Assert.Equal(4, ClusterFlood.Get(two.Services.GetRequiredService<ActorSystem>()).Settings.Cycles);
        Akka.Cluster.Cluster.Get(two.Services.GetRequiredService<ActorSystem>()).Join(cluster.SelfAddress);
        await one.Services.GetRequiredService<Taker>().Flood.WhenConnected().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Healthy), await Health(one));
        await two.StopAsync();
        await one.StopAsync();
    }

    [Fact]
    public async Task Nodes_that_discover_each_other_need_one_line_and_are_ready_when_linked()
    {
        const string Discovery = """
            akka.discovery { method = config, config.services.nodes.endpoints = ["127.0.0.1:1"] }
            """;
        var configuration = Configuration(("Flood:Discovery:ServiceName", "nodes"),
            ("Flood:Discovery:Interval", "00:00:00.2"));
        using var one = await Start(Discovery + Remote, akka =>
            akka.WithDiscoveredFlood(configuration.GetSection("Flood")));
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Degraded), await Health(one));
        var (host, port) = AddressOf(one).Split(':') is [var h, var p] ? (h, p) : throw new InvalidOperationException();
        using var two = await Start(Discovery.Replace("127.0.0.1:1", $"{host}:{port}", StringComparison.Ordinal)
            + Remote, akka => akka
            .WithDiscoveredFlood(configuration.GetSection("Flood"), o => o.ConfigureDiscovery = s =>
                s with { Cycles = 4 }));
        Assert.Equal(4, DiscoveredFlood.Get(two.Services.GetRequiredService<ActorSystem>()).Settings.Cycles);
        await one.Services.GetRequiredService<Taker>().Flood.WhenConnected().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Healthy), await Health(one));
        await two.StopAsync();
        await one.StopAsync();
    }

    [Fact]
    public async Task Empty_lists_and_sections_of_a_json_file_are_empty()
    {
        const string Json = """
            { "Flood": { "Peers": [], "Hyperion": { "Types": [] }, "Seen": {}, "NodeName": "", "Cluster": {},
                "Instances": {} } }
            """;
        var configuration = new ConfigurationBuilder()
            .AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Json))).Build();
        using var host = await Start(Remote, akka => akka.WithFlood(configuration.GetSection("Flood")));
        Assert.Empty(host.Services.GetRequiredService<Taker>().Flood.Settings.Peers);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_flood_that_is_over_is_unhealthy_with_the_reason()
    {
        using var host = await Start(Remote, akka => akka.WithFlood());
        var flood = host.Services.GetRequiredService<Taker>().Flood;
        host.Services.GetRequiredService<ActorSystem>().Stop(flood.Actor);
        await flood.Completion;
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        foreach (var check in new[] { "flood-live", "flood-ready" })
        {
            Assert.Equal(HealthStatus.Unhealthy, report.Entries[check].Status);
            Assert.Equal("the flood 'default' has ended: The flood's actor was stopped.",
                report.Entries[check].Description);
        }
        await host.StopAsync();
    }

    [Fact]
    public async Task A_flood_that_waits_for_its_validator_is_unhealthy_with_the_message_it_is_about()
    {
        using var mayGo = new ManualResetEventSlim();
        using var host = await Start(Remote, akka => akka.WithFlood(o =>
            o.Configure = settings => settings with { NodeName = "n1", Validator = new Blocked(mayGo) }));
        try
        {
            var flood = host.Services.GetRequiredService<Taker>().Flood;
            var append = flood.Topic<string>("config").AppendAsync("on");
            await Holds(() => flood.RunningValidation is not null, "the call is seen");
            var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
            Assert.All(report.Entries.Values, check =>
            {
                Assert.Equal(HealthStatus.Unhealthy, check.Status);
                Assert.Matches(
                    @"^the flood 'default' has not answered within 3 s: the validator has been running for \d+\.\d s "
                    + "for a message of the topic 'config', appended on 'n1' and not yet in the log$",
                    check.Description);
            });
            mayGo.Set();
            Assert.IsType<Appended>(await append);
            Assert.Equal(HealthStatus.Healthy, (await Health(host)).Live);
        }
        finally
        {
            mayGo.Set();
        }
        await host.StopAsync();
    }

    private sealed class Blocked(ManualResetEventSlim mayGo) : IFloodValidator
    {
        public FloodVerdict Check(in FloodCandidate candidate)
        {
            mayGo.Wait();
            return FloodVerdict.Accept;
        }
    }

    [Fact]
    public async Task A_quiet_system_is_what_the_node_program_is_and_the_application_has_the_last_word()
    {
        using var host = await Start("akka.remote.retry-gate-closed-for = 1s\n" + Remote, akka =>
            akka.WithFlood(o => o.Quiet = true));
        var config = host.Services.GetRequiredService<ActorSystem>().Settings.Config;
        Assert.Equal(
            (TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)),
            (config.GetTimeSpan("akka.scheduler.tick-duration"),
                config.GetTimeSpan("akka.remote.system-message-ack-piggyback-timeout"),
            config.GetTimeSpan("akka.remote.retry-gate-closed-for")));
        var program = Akka.Configuration.ConfigurationFactory.ParseString(
            await File.ReadAllTextAsync(HoconReferenceTests.PathOf("src/FloodActors.Host/host.conf")));
        foreach (var (key, value) in QuietSystem.Config().AsEnumerable()
            .SelectMany(pair => Leaves(pair.Key, pair.Value)))
            Assert.Equal(program.GetString(key), value);
        await host.StopAsync();

        static IEnumerable<(string Key, string Value)> Leaves(string path, Akka.Configuration.Hocon.HoconValue value) =>
            value.IsObject()
            ? value.GetObject().Items.SelectMany(item => Leaves($"{path}.{item.Key}", item.Value))
            : [(path, value.GetString())];
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public void A_project_file_can_make_all_floods_quiet(bool says)
    {
        AppContext.SetSwitch(QuietSystem.Switch, says);
        Assert.Equal(says, new FloodHostingOptions().Quiet);
        AppContext.SetSwitch(QuietSystem.Switch, false);
    }

    [Theory]
    [InlineData("0.0.0.0", true), InlineData("", true), InlineData("127.0.0.1", false)]
    public async Task An_address_that_nobody_can_dial_is_told(string hostname, bool isTold)
    {
        var lines = new ConcurrentQueue<string>();
        var hocon = $$"""
            akka { loglevel = WARNING, stdout-loglevel = OFF, actor.provider = remote }
            akka.remote.dot-netty.tcp { hostname = "{{hostname}}", port = 0 }
            """;
        using var host = Build(hocon, akka => akka.WithFlood().ConfigureLoggers(setup => setup.ClearLoggers()));
        var system = host.Services.GetRequiredService<ActorSystem>();
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new Lines(lines))), typeof(Akka.Event.Warning));
        await host.StartAsync();
        // What is logged after the start comes after what was logged at it.
        system.EventStream.Publish(new Akka.Event.Warning("test", typeof(HostingTests), "the end"));
        await Holds(() => lines.Any(line => line.Contains("the end", StringComparison.Ordinal)), "the end is logged");
        Assert.Equal(isTold, lines.Any(line => line.Contains("public-hostname", StringComparison.Ordinal)));
        await host.StopAsync();
    }

    [Fact]
    public async Task OpenTelemetry_gets_metrics_and_traces()
    {
        var metrics = new List<Metric>();
        var activities = new List<Activity>();
        using var host = await Start(Remote, akka => akka.WithFlood(), services => services.AddOpenTelemetry()
            .WithMetrics(m => m.AddFloodInstrumentation().AddInMemoryExporter(metrics))
            .WithTracing(t => t.AddFloodInstrumentation().AddInMemoryExporter(activities)));
        Assert.IsType<Appended>(await host.Services.GetRequiredService<Taker>().Flood.AppendAsync("measured"));
        host.Services.GetRequiredService<MeterProvider>().ForceFlush();
        host.Services.GetRequiredService<TracerProvider>().ForceFlush();
        var points = new List<long>();
        foreach (ref readonly var point in metrics.Single(m => m.Name == "flood.messages.appended")
            .GetMetricPoints()) points.Add(point.GetSumLong());
        Assert.Contains(1, points);
        Assert.Contains(activities, a => a.OperationName == "flood append");
        await host.StopAsync();
    }

    [Fact]
    public async Task A_hardened_application_goes_on_whatever_a_stranger_sends_and_all_its_floods_are_greeted()
    {
        using var host = await Start(Remote, akka =>
            akka.WithFlood(o => o.Hardened = true).WithFlood<PricesKey>(o => o.Name = "prices"));
        await using var stranger = Stranger.Start();
        foreach (var message in Harm.All(stranger.Find(AddressOf(host), "/system/flood", "hosted")))
            stranger.Find(AddressOf(host), "/system/flood", "hosted").Tell(message, ActorRefs.NoSender);

        var caller = Flood.Get(stranger.System);
        foreach (var flood in new[] { "flood", "flood-prices" })
            Assert.IsType<Connected>(await caller.ConnectAsync($"akka.tcp://hosted@{AddressOf(host)}/system/{flood}")
                .WaitAsync(TimeSpan.FromSeconds(30)));
        await host.Services.GetRequiredService<Taker>().Flood.WhenConnected().WaitAsync(TimeSpan.FromSeconds(30));
        await host.StopAsync();
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task In_a_cluster_a_hardened_flood_ends_the_start(bool withCluster)
    {
        using var host = Build(Clustered, akka => _ = withCluster ? akka.WithClusteredFlood(o => o.Hardened = true)
            : akka.WithFlood(o => o.Hardened = true));
        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync());
        Assert.Contains("A system in a cluster cannot be hardened", thrown.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_floods_of_one_name_are_refused_at_once() =>
        Assert.Throws<FloodConfigurationException>(() =>
            Build(Remote, akka => akka.WithFlood().WithFlood<PricesKey>()).Services.GetRequiredService<ActorSystem>());

    private static IConfiguration Configuration(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(v => KeyValuePair.Create(v.Key, (string?)v.Value))).Build();

    private static IHost Build(string hocon, Action<AkkaConfigurationBuilder> configure,
        Action<IServiceCollection>? more = null)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
        builder.Services.AddHostedService<Taker>()
            .AddSingleton(p => p.GetServices<IHostedService>().OfType<Taker>().Single());
        builder.Services.AddAkka("hosted", akka => configure(akka.AddHocon(hocon, HoconAddMode.Prepend)));
        builder.Services.AddFlood().AddFlood("prices").AddHealthChecks();
        more?.Invoke(builder.Services);
        return builder.Build();
    }

    private static async Task<IHost> Start(string hocon, Action<AkkaConfigurationBuilder> configure,
        Action<IServiceCollection>? more = null)
    {
        var host = Build(hocon, configure, more);
        await host.StartAsync();
        return host;
    }

    private static string AddressOf(IHost host)
    {
        var address = ((ExtendedActorSystem)host.Services.GetRequiredService<ActorSystem>()).Provider.DefaultAddress;
        return $"{address.Host}:{address.Port}";
    }

    private static async Task<(HealthStatus Live, HealthStatus Ready)> Health(IHost host)
    {
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        return (report.Entries["flood-live"].Status, report.Entries["flood-ready"].Status);
    }

    private static Task Holds(Func<bool> condition, string what) => Holds(() => Task.FromResult(condition()), what);

    private static async Task Holds(Func<Task<bool>> condition, string what)
    {
        var deadline = DateTime.UtcNow.AddSeconds(20);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition())
        {
            if (DateTime.UtcNow > deadline) Assert.Fail($"Within 20 s it did not hold that {what}.");
            await timer.WaitForNextTickAsync();
        }
    }

    private sealed class PricesKey;

    private sealed class Lines(ConcurrentQueue<string> lines) : UntypedActor
    {
        protected override void OnReceive(object message) => lines.Enqueue(message.ToString()!);
    }

    /// <summary>
    /// A service of the application that takes the flood where most do, in its constructor, before anything is started.
    /// </summary>
    private sealed class Taker(Flood flood) : BackgroundService
    {
        public Flood Flood { get; } = flood;

        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
    }
}
