using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Akka.Actor;
using FloodActors;
using FloodActors.Simulation;
using FloodActors.TestKit;

// Not in a namespace of the library: the code must compile where its readers write it.
namespace Guides;

/// <summary>The code of docs/testing.md. The last test holds the page to it, block by block.</summary>
public sealed partial class GuideTests : Akka.TestKit.Xunit2.TestKit
{
    [Fact]
    public async Task Your_own_actors_gossip_is_tested_in_ten_lines()
    {
        var flood = Flood.Get(Sys);
        var board = Sys.ActorOf(Props.Create(() => new PriceBoard(flood)));
        var peer = FloodProbe.Create(this);
        await peer.ConnectAsync(flood);

        peer.Send("tea 3");
        await AwaitConditionAsync(async () => await board.Ask<string>("tea") == "3");

        board.Tell(new PriceBoard.Change("tea", 4));
        await peer.ExpectTextAsync("tea 4");
    }

    [Fact]
    public async Task Topics_are_typed_for_a_probe_too()
    {
        var flood = Flood.Get(Sys);
        var peer = FloodProbe.Create(this);
        await peer.ConnectAsync(flood);

        var prices = peer.Topic<Price>("prices");
        prices.Send(new Price("tea", 5), key: "tea");
        await AwaitConditionAsync(async () => await flood.Topic<Price>("prices").LatestAsync("tea") is not null);

        await flood.Topic<Price>("prices").AppendAsync(new Price("tea", 6), key: "tea");
        await prices.ExpectAsync(price => price.Rate == 6, key: "tea");
    }

    private sealed record Price(string Name, int Rate);

    [Fact]
    public async Task A_partition_of_real_nodes_heals()
    {
        await using var network = await FloodNetwork.InOneSystemAsync(Sys, Topology.Ring(5));
        await network.PartitionAsync(0, 1);
        await network[0].Flood.AppendAsync("from the small side");
        await network[3].Flood.AppendAsync("from the large side");
        await network.HealAsync();
        await network.AwaitConvergenceAsync();
    }

    [Fact]
    public void A_partition_under_virtual_time_is_tested_in_twenty_lines()
    {
        var options = new SimulationOptions
        {
            Topology = Topology.TwoClusters(10, bridges: 2),
            Seed = 7,
            Settings = new FloodSettings { Capacity = 20 },
            Network = new NetworkConditions
            {
                Latency = TimeSpan.FromMilliseconds(20),
                Jitter = TimeSpan.FromMilliseconds(10),
                Loss = 0.02,
            },
            Faults =
            [
                new PartitionFault(At: TimeSpan.FromSeconds(5), For: TimeSpan.FromSeconds(30), 0, 1, 2, 3, 4),
                new CrashFault(At: TimeSpan.FromSeconds(12), For: TimeSpan.FromSeconds(3), Node: 8, Restarts: true),
            ],
        }.WithAppends(count: 200, size: 100, from: TimeSpan.FromSeconds(2), interval: TimeSpan.FromMilliseconds(150));
        var report = Simulator.Run(options).Verify();
        Assert.InRange(report.Messages, 190, 200); // nothing is appended on a node that is down
        Assert.True(report.VirtualTime > TimeSpan.FromSeconds(35));
    }

    [Fact]
    public void Random_schedules_are_run_in_a_loop()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var options = RandomSchedule.Create(seed);
            if (Simulator.Run(options).Broken is null) continue;
            var (smaller, report) = Shrinker.Shrink(options);
            Assert.Fail($"seed {seed}: {report.Broken}\n{RandomSchedule.Describe(smaller)}");
        }
    }

    [Fact]
    public void Ten_thousand_nodes_are_flooded()
    {
        var report = Simulator.RunDirect(new SimulationOptions
        {
            Topology = Topology.RandomRegular(nodes: 10_000, degree: 5, seed: 1),
            Appends = [new SimulatedAppend(TimeSpan.Zero, Node: 17, Size: 100, Content: 1)],
        }).Verify();
        Assert.Equal(40_001, report.Transmissions); // 2E - N + 1
        Assert.Equal(10_000, report.NodesWithAll);
    }

    [Fact]
    public void The_page_shows_the_code_of_these_tests()
    {
        var source = Squeezed(File.ReadAllText(ThisFile()));
        var page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../docs/testing.md"));
        var blocks = CodeBlock().Matches(page).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.Contains(Squeezed(block), source));
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    private static string Squeezed(string code) => Whitespace().Replace(code, " ").Trim();

    [GeneratedRegex(@"```csharp\r?\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();

    /// <summary>Somebody's actor: it keeps prices that are gossiped as "name price", and gossips changes.</summary>
    private sealed class PriceBoard : ReceiveActor
    {
        private readonly Dictionary<string, string> _prices = [];

        public PriceBoard(Flood flood)
        {
            Receive<MessageReceived>(received => Note(received.Message.AsText()));
            Receive<Change>(change =>
            {
                Note($"{change.Name} {change.Price}");
                flood.Append($"{change.Name} {change.Price}");
            });
            Receive<string>(name => Sender.Tell(_prices.GetValueOrDefault(name, "unknown")));
            ReceiveAny(_ => { });
            flood.Subscribe(Self);
        }

        private void Note(string text)
        {
            var parts = text.Split(' ');
            _prices[parts[0]] = parts[1];
        }

        public sealed record Change(string Name, int Price);
    }
}
