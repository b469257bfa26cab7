using System.Globalization;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.Remote.Transport;
using FloodActors.Actors;
using FloodActors.Remoting;
using FloodActors.Wire;

namespace FloodActors.Tests.Actors;

/// <summary>
/// What a stranger who reaches the port can do to a node with <see cref="FloodHardening.Config"/>, and what to one
/// without.
/// </summary>
public sealed class HardeningTests
{
    private static readonly string Hardened = FloodHardening.Config().ToString(includeFallback: true);

    [Fact]
    public async Task A_hardened_node_goes_on_whatever_Akka_message_a_stranger_sends_to_any_of_its_actors()
    {
        await using var node = TestNode.Start("node", Hardened);
        await using var before = TestNode.Start("before", Hardened);
        Assert.Equal(new Connected("node"), await before.Flood.ConnectAsync(node.Address));
        var watchers = Watchers();

        await Parallel.ForEachAsync(
            Harm.All(node.Flood.Actor), new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (message, _) => await Say(message));

        await GoesOn(node, before);
        Assert.Equal(watchers, Watchers());

        async Task Say(object message)
        {
            await using var stranger = Stranger.Start();
            foreach (var path in Stranger.Paths)
            {
                if (message is not ISystemMessage) stranger.Select(node.Address, path, message);
                stranger.Tell(node.Address, path, message);
            }
            Assert.Equal(
                new Connected("node"), await stranger.Link(node.Address, $"stranger with {message.GetType().Name}"));
        }
    }

    [Fact]
    public async Task A_hardened_node_reads_nothing_within_a_selection_but_link_messages()
    {
        await using var node = TestNode.Start("node", Hardened);
        var serializer = ((ExtendedActorSystem)node.System).Serialization.FindSerializerForType(
            typeof(ActorSelectionMessage));
        Assert.IsType<SelectionSerializer>(serializer);
        var greeting = new ActorSelectionMessage(
            new LinkLetter(new Ping(7, new Confirmed(1, 1, 1))),
            [new SelectChildName("system"), new SelectChildName("flood")]);
        var bytes = serializer.ToBinary(greeting);
        var read = Assert.IsType<ActorSelectionMessage>(
            ((SelectionSerializer)serializer).FromBinary(bytes, "any manifest"));
        Assert.Equal(7ul, Assert.IsType<LinkLetter>(read.Message).Message.Session);

        byte[][] others = [
            Harm.NestedSelections(200).Bytes, [.. bytes, .. bytes], [], [10, 0], [.. bytes[..2], 16, 6, .. bytes[2..]]];
        foreach (var other in others)
            Assert.ThrowsAny<Exception>(() => ((SelectionSerializer)serializer).FromBinary(other, ""));
    }

    [Fact]
    public async Task Connections_that_say_nothing_make_room_for_those_who_introduce_themselves()
    {
        const int most = 10;
        await using var node = TestNode.Start(
            "node", $"{Hardened}\nakka.remote.dot-netty.tcp.flood.max-connections = {most}");
        await using var first = TestNode.Start("first", Hardened);
        Assert.Equal(new Connected("node"), await first.Flood.ConnectAsync(node.Address));
        List<TcpClient> silent = [];
        try
        {
            var port = int.Parse(node.Address.Split(':')[1], CultureInfo.InvariantCulture);
            for (var i = 0; i < 5 * most; i++)
            {
                silent.Add(new TcpClient());
                await silent[^1].ConnectAsync("127.0.0.1", port);
            }
            await Eventually.Holds(
                () => silent.Count(client => client.Client.Poll(0, SelectMode.SelectRead)) > 3 * most,
                "those that have been silent for longest are ended");
            await using var second = TestNode.Start("second", Hardened);
            Assert.Equal(new Connected("node"), await second.Flood.ConnectAsync(node.Address).Soon());
            Assert.DoesNotContain(node.Events, e => e is PeerDisconnected);
            await node.Flood.AppendAsync("still here");
            await Eventually.Holds(
                () => first.Received.Contains("still here") && second.Received.Contains("still here"),
                "both peers are linked");
        }
        finally
        {
            silent.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public void Connections_beyond_the_limit_end_when_all_others_have_introduced_themselves()
    {
        var limit = new InboundLimit(2, NoLogger.Instance);
        List<SomeConnection> made = [];
        InboundLimit.Place? Enter()
        {
            made.Add(new SomeConnection());
            return limit.TryEnter(made[^1]);
        }

        var (one, two) = (Enter()!, Enter()!);
        one.Introduced();
        var three = Enter()!;
        Assert.Equal([false, true, false], made.Select(connection => connection.IsEnded));
        // What is told of it afterwards counts no more.
        two.Introduced();
        two.Leave();
        two.Leave();
        Assert.Equal(2, limit.Count);
        three.Introduced();
        Assert.Null(Enter());
        Assert.True(made[^1].IsEnded);
        one.Leave();
        Assert.Equal(1, limit.Count);
        Assert.NotNull(Enter());
    }

    private sealed class SomeConnection()
        : AssociationHandle(new Address("akka.tcp", "a"), new Address("akka.tcp", "b"))
    {
        public bool IsEnded { get; private set; }

        public override bool Write(Google.Protobuf.ByteString payload) => true;

        [Obsolete("Akka's own: use the one that takes a reason.")]
        public override void Disassociate() => IsEnded = true;
    }

    [Fact]
    public void A_hardened_node_has_no_serializer_of_Akka()
    {
        // Also one that a new version of Akka brings along has to be dealt with.
        using var system = ActorSystem.Create(
            "flood",
            FloodHardening.Config().WithFallback(
                "akka { loglevel = OFF, stdout-loglevel = OFF, actor.provider = remote, "
                + "remote.dot-netty.tcp { hostname = \"127.0.0.1\", port = 0 } }"));
        _ = Flood.Get(system);
        var serializers = system.Settings.Config.GetConfig("akka.actor.serializers").AsEnumerable()
            .Select(pair => pair.Value.GetString()).Distinct();
        Assert.All(serializers, name => Assert.Equal(typeof(FloodSerializer).Assembly, Type.GetType(name)?.Assembly));
    }

    [Fact]
    public async Task Untrusted_mode_alone_lets_a_stranger_end_a_node_with_one_message()
    {
        await using var node = TestNode.Start(
            "node", "akka.remote { untrusted-mode = on, trusted-selection-paths = [\"/system/flood\"] }");
        await using var stranger = Stranger.Start();
        stranger.Select(node.Address, Flood.DefaultPath, Kill.Instance);
        await node.Flood.Actor.WatchAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Akkas_own_signals_are_dropped_before_they_are_read_and_the_connection_goes_on()
    {
        // Akka's serializers are all there, and would read them: the flood could not answer any more.
        await using var node = TestNode.Start(
            "node", $"{FloodHardening.Dialling()}\nakka.remote.dot-netty.tcp.flood.check-messages = on");
        await using var stranger = Stranger.Start();
        for (var i = 0; i < 3; i++) stranger.Tell(node.Address, Flood.DefaultPath, new Suspend());
        Assert.Equal(new Connected("node"), await stranger.Link(node.Address, "stranger"));
    }

    [Fact]
    public async Task Floods_with_names_are_greeted_on_a_hardened_node_when_they_are_named()
    {
        var hardened = FloodHardening.Config("prices", Flood.DefaultName).ToString(includeFallback: true);
        await using var node = TestNode.Start("node", hardened);
        await using var other = TestNode.Start("other", hardened);
        var (prices, others) = (Flood.Get(node.System, "prices"), Flood.Get(other.System, "prices"));
        Assert.IsType<Connected>(
            await others.ConnectAsync($"akka.tcp://flood@{node.Address}{prices.Actor.Path.ToStringWithoutAddress()}"));
        Assert.Equal(new Connected("node"), await other.Flood.ConnectAsync(node.Address));
    }

    private static int Watchers() =>
        AppDomain.CurrentDomain.GetAssemblies().Count(a => a.GetName().Name == "System.IO.FileSystem.Watcher");

    /// <summary>It answers, its links are up, and remoting lets new ones in and out.</summary>
    private static async Task GoesOn(TestNode node, TestNode before)
    {
        Assert.Single(await node.Flood.PeersAsync(), peer => peer is { Id: "before", Connected: true });
        await using var after = TestNode.Start("after", Hardened);
        Assert.Equal(new Connected("node"), await after.Flood.ConnectAsync(node.Address));
        await using var dialled = TestNode.Start("dialled", Hardened);
        Assert.Equal(new Connected("dialled"), await node.Flood.ConnectAsync(dialled.Address));
        await node.Flood.AppendAsync("unharmed");
        foreach (var peer in new[] { before, after, dialled })
            await Eventually.Holds(() => peer.Received.Contains("unharmed"), "the node's messages reach its peers");
    }
}
