using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Hosting;
using Akka.Remote.Hosting;
using FloodActors;
using FloodActors.Discovery;
using FloodActors.Hosting;
using FloodActors.Hosting.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// Not in a namespace of the library: the code of the guides must compile where its readers write it.
namespace Guides;

/// <summary>
/// The code of docs/hosting.md and docs/discovery.md. The last test holds the pages to it, block by block.
/// </summary>
public sealed partial class GuideTests
{
    private const string Quiet =
        """
        akka { loglevel = OFF, stdout-loglevel = OFF, actor.provider = remote }
        akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        """;

    /// <summary>The first application of the guide; its port is fixed, so it is built and not started.</summary>
    [Fact]
    public void The_first_application_of_the_guide_is_built()
    {
        string[] args = ["--Flood:Capacity=7"];
        var builder = Host.CreateApplicationBuilder(args);
        builder.Services.AddAkka("flood", akka => akka
            .WithRemoting("0.0.0.0", 4053, publicHostname: "node-1") // listens everywhere; the others dial node-1:4053
            .WithFlood(builder.Configuration.GetSection("Flood")));
        builder.Services.AddFlood(); // then take Flood in a constructor
        builder.Services.AddHostedService<Prices>();
        using var host = builder.Build();
        Assert.Equal("7", host.Services.GetRequiredService<IConfiguration>()["Flood:Capacity"]);
    }

    [Fact]
    public async Task A_node_goes_by_its_public_host_name()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddAkka("flood", akka =>
            akka.WithRemoting("0.0.0.0", 0, publicHostname: "node-1").WithFlood());
        using var host = builder.Build();
        await host.StartAsync();
        var system = (ExtendedActorSystem)host.Services.GetRequiredService<ActorSystem>();
        Assert.Equal("node-1", system.Provider.DefaultAddress.Host);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_service_that_is_registered_after_the_system_publishes_while_it_stops_and_the_peer_has_it()
    {
        using var other = ActorSystem.Create("flood", Quiet);
        var texts = new ConcurrentQueue<string>();
        var peer = Flood.Start(other, new FloodCallbacks { OnMessage = message => texts.Enqueue(message.AsText()) });
        using var host = Start(services => services.AddHostedService<Prices>(),
            $"127.0.0.1:{((ExtendedActorSystem)other).Provider.DefaultAddress.Port}");
        await host.StartAsync();
        await peer.WhenConnected().WaitAsync(TimeSpan.FromSeconds(20));
        await host.StopAsync();
        await peer.FlushAsync();
        Assert.Contains("closing time", texts);
        await other.Terminate();
    }

    [Fact]
    public async Task A_service_that_is_registered_before_the_system_is_stopped_after_it_and_its_appends_are_rejected()
    {
        var early = new Late();
        using var host = Start(_ => { }, peer: null, first: services => services.AddHostedService(provider =>
        {
            early.Provider = provider;
            return early;
        }));
        await host.StartAsync();
        await host.StopAsync();
        Assert.IsType<Rejected>(early.Answer);
    }

    [Fact]
    public void Several_floods_are_registered()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddAkka("flood", akka => akka
            .WithFlood(builder.Configuration.GetSection("Flood"))
            .WithFlood<PricesKey>(flood =>
            {
                flood.Name = "prices";
                flood.Configuration = builder.Configuration.GetSection("Prices");
            }));
        builder.Services.AddFlood().AddFlood("prices");
        Assert.Contains(builder.Services, service => Equals(service.ServiceKey, "prices"));
    }

    [Fact]
    public async Task Health_checks_are_mapped_by_tag()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddAkka("flood", (akka, _) => akka.AddHocon(Quiet, HoconAddMode.Prepend).WithFlood());
        builder.Services.AddHealthChecks();
        await using var app = builder.Build();
        app.MapHealthChecks("/live", new HealthCheckOptions { Predicate = check => check.Tags.Contains("live") });
        app.MapHealthChecks("/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });
        var system = app.Services.GetRequiredService<ActorSystem>();
        var report = await app.Services.GetRequiredService<HealthCheckService>()
            .CheckHealthAsync(check => check.Tags.Contains("live"));
        Assert.Equal(["flood-live"], report.Entries.Keys);
        await system.Terminate();
    }

    [Fact]
    public void Metrics_and_traces_are_registered()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddFloodInstrumentation())
            .WithTracing(traces => traces.AddFloodInstrumentation());
        Assert.NotNull(builder.Services.BuildServiceProvider().GetService<OpenTelemetry.Metrics.MeterProvider>());
    }

    [Fact]
    public void The_pages_show_the_code_of_these_tests()
    {
        var source = Squeezed(File.ReadAllText(
            HoconReferenceTests.PathOf("tests/FloodActors.Hosting.Tests/GuideTests.cs")));
        foreach (var name in new[] { "hosting", "discovery" })
        {
            var page = File.ReadAllText(HoconReferenceTests.PathOf($"docs/{name}.md"));
            var blocks = CodeBlock().Matches(page).Select(match => match.Groups[1].Value).ToList();
            Assert.NotEmpty(blocks);
            foreach (var block in blocks)
            {
                var (usings, code) = (block.Split('\n').Where(IsUsing),
                    block.Split('\n').Where(line => !IsUsing(line)));
                Assert.All(usings, line => Assert.Contains(Squeezed(line), source));
                Assert.Contains(Squeezed(string.Join('\n', code)), source);
            }
        }

        static bool IsUsing(string line) => line.StartsWith("using ", StringComparison.Ordinal) && !line.Contains('=');
    }

    /// <summary>
    /// docs/discovery.md; its ports are fixed, so it is compiled and not run. FloodActors.Discovery.Tests runs the same
    /// on free ones.
    /// </summary>
    internal static Flood Discovered()
    {
        var system = ActorSystem.Create("flood", """
            akka.actor.provider = remote
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 4053 }
            akka.discovery {
              method = config
              config.services.my-service.endpoints = ["127.0.0.1:4053", "127.0.0.1:4054", "127.0.0.1:4055"]
            }
            flood.discovery.service-name = my-service
            """);
        var flood = DiscoveredFlood.Get(system).Flood;
        return flood;
    }

    internal static void Discovered(AkkaConfigurationBuilder akka)
    {
        akka.WithDiscoveredFlood(flood => flood.ConfigureDiscovery = discovery =>
            discovery with { ServiceName = "my-service" });
    }

    private static IHost Start(Action<IServiceCollection> last, string? peer, Action<IServiceCollection>? first = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
        first?.Invoke(builder.Services);
        builder.Services.AddAkka("flood", akka => akka.AddHocon(Quiet, HoconAddMode.Prepend)
            .WithFlood(flood => flood.Configure = settings => peer is null ? settings
                : settings with { Peers = [peer] }));
        builder.Services.AddFlood();
        last(builder.Services);
        return builder.Build();
    }

    private static string Squeezed(string code) => Whitespace().Replace(code, " ").Trim();

    [GeneratedRegex(@"```csharp\r?\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();

    private sealed class PricesKey;

    private sealed class Late : IHostedService
    {
        public IServiceProvider? Provider { get; set; }

        public AppendResult? Answer { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StopAsync(CancellationToken cancellationToken) =>
            Answer = await Provider!.GetRequiredService<Flood>().AppendAsync("too late");
    }
}

internal sealed class Prices(Flood flood, ILogger<Prices> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var told in flood.EventsAsync(cancellation: stoppingToken))
                if (told is MessageReceived { Message: var message })
                    logger.LogInformation("{Peer} says {Text}", message.From, message.AsText());
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application stops.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await flood.AppendAsync("closing time");
        var flushed = await flood.FlushAsync(cancellationToken);
        foreach (var peer in flushed.Peers)
            if (peer.Outcome != FlushOutcome.Taken)
                logger.LogWarning("{Peer} does not have everything: {Outcome}", peer.Peer, peer.Outcome);
        await base.StopAsync(cancellationToken);
    }
}
