using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using FloodActors.Streams.Tests.JavaScript;
using FloodActors.Streams.Tests.Streams;

namespace FloodActors.Streams.Tests.Sockets;

public sealed class JsonPeersTests
{
    private const int Many = 100_000;

    [Fact]
    public async Task A_hundred_thousand_values_cross_one_connection_each_way_complete_and_in_order()
    {
        await using var node = LocalFlood.Start(
            hocon: "flood { capacity = 300000, append-queue = 200000, max-lag = 256 MiB }");
        await using var listener = await node.Flood.ListenJsonAsync("127.0.0.1:0");
        await using var js = await JsPeer.StartAsync("net");
        js.Connect(listener.LocalEndPoint.Port);
        await node.Flood.WhenConnected().WaitAsync(TimeSpan.FromSeconds(60));
        js.Append(Many, "js");
        for (var i = 0; i < Many; i++) Assert.Null(node.Flood.Append($"c {i}"));
        await Soon.Holds(() => js.ReceivedCount >= Many && node.Events.Count >= 2 * Many, "both have everything");
        Assert.Equal(Enumerable.Range(0, Many).Select(i => $"\"c {i}\""), js.Received);
        Assert.Equal(Enumerable.Range(0, Many).Select(i => $"js {i}"), node.Received);
        Assert.Equal(0, (await node.Flood.StatsAsync()).Duplicates);
    }

    [Fact]
    public async Task Two_nodes_carry_values_near_the_size_limit_each_way_however_they_are_escaped()
    {
        const int Limit = 1 << 20;
        await using var a = LocalFlood.Start("a", $"flood.max-message-size = {Limit}");
        await using var b = LocalFlood.Start("b", $"flood.max-message-size = {Limit}");
        await using var listener = await b.Flood.ListenJsonAsync("127.0.0.1:0");
        await using var connector = a.Flood.ConnectJson($"127.0.0.1:{listener.LocalEndPoint.Port}");
        await connector.Connected.WaitAsync(TimeSpan.FromSeconds(60));
        var text = new string('\u00e9', Limit / 2);
        Assert.IsType<Appended>(await a.Flood.AppendAsync(text));
        await b.Event<MessageReceived>();
        Assert.Equal(text, b.Received.Single());
        var deep = $"[{string.Join(',', Enumerable.Repeat("[[[0]]]", 130_000))}]";
        Assert.IsType<Appended>(await b.Flood.AppendAsync(FloodPayload.Json(deep)));
        await a.Event<MessageReceived>();
        Assert.Equal(deep.Length, a.Events.OfType<MessageReceived>().Single().Message.Body.Length);
    }

    [Fact]
    public async Task A_flood_that_is_over_closes_its_listeners_without_a_warning()
    {
        await using var node = LocalFlood.Start();
        await using var listener = await node.Flood.ListenJsonAsync("127.0.0.1:0");
        var port = listener.LocalEndPoint.Port;
        using var log = Inbox.Create(node.System);
        node.System.EventStream.Subscribe(log.Receiver, typeof(Akka.Event.Warning));
        await node.Flood.LeaveAsync();
        await listener.StopAsync();
        // What Akka has to say of the socket, it says before it closes it.
        await Soon.Holds(() => !Accepts(port), "the socket is closed");
        node.System.EventStream.Publish(new Akka.Event.Warning("test", GetType(), "the last one"));
        Assert.Equal("the last one", ((Akka.Event.Warning)await log.ReceiveAsync()).Message.ToString());

        static bool Accepts(int port)
        {
            try
            {
                using var client = new TcpClient("127.0.0.1", port);
                return true;
            }
            catch (SocketException) { return false; }
        }
    }

    [Fact]
    public async Task A_peer_that_connects_is_known_by_its_address_and_port_or_as_the_application_says()
    {
        await using var node = LocalFlood.Start();
        await using var plain = await node.Flood.ListenJsonAsync("localhost:0");
        using var first = await RawPeer.ConnectAsync(plain.LocalEndPoint);
        Assert.Equal(first.Id, (await node.Event<PeerConnected>()).Peer);
        Assert.Equal($"tcp://{first.Id}", (await node.Flood.PeersAsync()).Single().Address);

        await using var named = await node.Flood.ListenJsonAsync(
            "127.0.0.1:0", new JsonPeerOptions { IdOf = _ => "the one" });
        using var second = await RawPeer.ConnectAsync(named.LocalEndPoint);
        await node.Event<PeerConnected>(e => e.Peer == "the one");
        using var third = await RawPeer.ConnectAsync(named.LocalEndPoint);
        await node.Event<PeerRefused>(e => e.Peer == "the one" && e.Cause == LinkEnd.IdTaken);
        await third.ReadToEndAsync();

        await named.StopAsync();
        Assert.Equal(LinkEnd.Disconnected, (await node.Event<PeerDisconnected>(e => e.Peer == "the one")).Cause);
        await second.ReadToEndAsync();
        await Assert.ThrowsAsync<SocketException>(() => RawPeer.ConnectAsync(named.LocalEndPoint));
    }

    [Fact]
    public async Task A_JavaScript_peer_that_is_absent_or_was_killed_is_dialled_until_it_is_back_and_gets_the_log()
    {
        await using var node = LocalFlood.Start(hocon: "flood.capacity = 5");
        var port = FreePort.Next();
        await using var connector = node.Flood.ConnectJson($"127.0.0.1:{port}");
        await node.Flood.AppendAsync("before");
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        using (var first = await listener.AcceptTcpClientAsync())
        {
            await connector.Connected.WaitAsync(TimeSpan.FromSeconds(60));
            Assert.True((await node.Event<PeerConnected>(e => e.Peer == $"127.0.0.1:{port}")).Dialled);
            Assert.Single(node.Events.OfType<PeerConnected>());
            await node.Flood.FlushAsync();
            first.LingerState = new LingerOption(true, 0);
        }
        await node.Event<PeerDisconnected>();
        for (var i = 0; i < 20; i++) await node.Flood.AppendAsync($"while away {i}");
        using var second = await listener.AcceptTcpClientAsync();
        using var reader = new StreamReader(second.GetStream());
        for (var i = 0; i < 20;)
            if (await reader.ReadLineAsync() == $"\"while away {i}\"") i++;

        Assert.True(await node.Flood.DisconnectAsync(connector.Id));
        while (await reader.ReadLineAsync() is not null)
        {
            // To the end of the connection.
        }
        listener.Stop();
        Assert.Equal(2, node.Events.OfType<PeerConnected>().Count());
    }

    [Fact]
    public async Task A_flood_that_left_dials_no_more()
    {
        await using var node = LocalFlood.Start();
        var connector = node.Flood.ConnectJson($"127.0.0.1:{FreePort.Next()}");
        await node.Flood.LeaveAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            connector.Connected.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task A_JavaScript_peer_that_is_killed_is_disconnected_and_one_that_comes_instead_gets_the_log()
    {
        await using var node = LocalFlood.Start();
        await using var listener = await node.Flood.ListenJsonAsync("127.0.0.1:0");
        await using (var first = await JsPeer.StartAsync("net"))
        {
            first.Connect(listener.LocalEndPoint.Port);
            await node.Event<PeerConnected>();
            first.Append("\"from the first\"");
            await node.Event<MessageReceived>();
            first.Kill();
        }
        await node.Event<PeerDisconnected>();
        await using var second = await JsPeer.StartAsync("pull-net");
        second.Connect(listener.LocalEndPoint.Port);
        await Soon.Holds(() => second.Received.Contains("\"from the first\""), "the second has what the first sent");
    }

    [Fact]
    public async Task Blank_lines_keep_a_connection_alive_and_one_that_must_not_be_silent_is_ended_when_it_is()
    {
        await using var node = LocalFlood.Start();
        await using var listener = await node.Flood.ListenJsonAsync(
            "127.0.0.1:0",
            new JsonPeerOptions
            {
                KeepAlive = TimeSpan.FromMilliseconds(50),
                SilenceTimeout = TimeSpan.FromSeconds(1),
            });
        using var peer = await RawPeer.ConnectAsync(listener.LocalEndPoint);
        Assert.Matches("^\n{4,}$", await peer.ReadAsync(text => text.Length >= 4));
        Assert.Equal(LinkEnd.Timeout, (await node.Event<PeerDisconnected>()).Cause);
    }

    [Fact]
    public async Task A_port_in_use_and_a_wrong_address_are_said()
    {
        await using var node = LocalFlood.Start();
        await using var listener = await node.Flood.ListenJsonAsync("127.0.0.1:0");
        var problem = await Assert.ThrowsAsync<FloodStreamException>(() =>
            node.Flood.ListenJsonAsync(listener.LocalEndPoint.ToString()));
        Assert.Equal(
            $"cannot listen for JSON peers on 127.0.0.1:{listener.LocalEndPoint.Port}: the port is in use; "
            + "choose another, or 0 for a free one.",
            problem.Message);
        foreach (var wrong in new[] { "", "9000", "host:", "host:x", "host:70000", "::1:9000" })
            await Assert.ThrowsAsync<FloodConfigurationException>(() => node.Flood.ListenJsonAsync(wrong));
        Assert.Throws<FloodConfigurationException>(() => node.Flood.ConnectJson("host:0"));
    }

    [Fact]
    public async Task Addresses_and_options_are_read_from_HOCON_and_floods_with_names_have_their_own()
    {
        await using var a = LocalFlood.Start(
            "a",
            "flood-streams { json { listen = [\"127.0.0.1:0\"], keep-alive = 0, "
            + "catch-up = off }\n instances { prices { json { listen = [\"127.0.0.1:0\", \"127.0.0.1:0\"] } } } }");
        await using var endpoints = await a.Flood.StartJsonAsync();
        await using var prices = await Flood.Get(a.System, "prices").StartJsonAsync();
        Assert.Equal((1, 0, 2), (endpoints.Listeners.Count, endpoints.Connectors.Count, prices.Listeners.Count));
        Assert.Empty(FloodStreamsSettings.Read(a.System.Settings.Config, "others").Listen);
        Assert.False(FloodStreamsSettings.Read(a.System.Settings.Config, "prices").Options.CatchUp);

        await using var b = LocalFlood.Start(
            "b", $"flood-streams.json.connect = [\"127.0.0.1:{endpoints.Listeners[0].LocalEndPoint.Port}\"]");
        await using var connecting = await b.Flood.StartJsonAsync();
        await connecting.Connectors.Single().Connected.WaitAsync(TimeSpan.FromSeconds(60));
        await b.Flood.AppendAsync("hello");
        await a.Event<MessageReceived>();
    }

    [Fact]
    public async Task The_defaults_in_code_are_those_of_the_reference_and_memory_must_hold_one_value()
    {
        var options = FloodStreamsSettings.Read(Akka.Configuration.ConfigurationFactory.Empty).Options;
        Assert.Equal(new JsonPeerOptions(), options);
        await using var node = LocalFlood.Start(hocon: "flood.max-message-size = 1 MiB");
        var problem = await Assert.ThrowsAsync<FloodConfigurationException>(() =>
            node.Flood.ListenJsonAsync("127.0.0.1:0", new JsonPeerOptions { UnfinishedBytes = 1 << 20 }));
        Assert.Contains("flood-streams.json.unfinished-bytes = 1048576", problem.Message);
        Assert.Contains("flood.max-message-size", problem.Message);
        Assert.Equal(3 << 20, FloodStreamsSettings.Read(
            Akka.Configuration.ConfigurationFactory.ParseString(
                "flood-streams.json.unfinished-bytes = 3 MiB")).Options.UnfinishedBytes);
    }

    [Theory]
    [InlineData("0.0.0.0:0")]
    [InlineData("[::]:0")]
    public async Task Every_address_of_the_machine_can_be_listened_on(string address)
    {
        await using var node = LocalFlood.Start(hocon: $"flood-streams.json.listen = [\"{address}\"]");
        await using var endpoints = await node.Flood.StartJsonAsync();
        using var peer = await RawPeer.ConnectAsync(
            new IPEndPoint(IPAddress.Loopback, endpoints.Listeners.Single().LocalEndPoint.Port));
        await node.Event<PeerConnected>(e => e.Peer == peer.Id);
        await peer.SendAsync("[1]\n\n");
        await node.Event<MessageReceived>();
        if (address == "[::]:0" && Socket.OSSupportsIPv6)
        {
            using var six = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            await six.ConnectAsync(
                new IPEndPoint(IPAddress.IPv6Loopback, endpoints.Listeners.Single().LocalEndPoint.Port));
            await node.Event<PeerConnected>(e => e.Peer.StartsWith("[::1]:", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("flood-streams.json.lisen = []", "flood-streams.json.lisen")]
    [InlineData("flood-streams.jsn.listen = []", "flood-streams.jsn")]
    [InlineData("flood-streams.json.catch-up = maybe", "on or off")]
    [InlineData("flood-streams.json.keep-alive = soon", "duration")]
    [InlineData("flood-streams.json.listen = 9000", "list of HOST:PORT")]
    [InlineData("flood-streams.json.max-peers = many", "whole number")]
    [InlineData("flood-streams.json.max-peers = 0", "allowed is 1 to 65535")]
    [InlineData("flood-streams.json.value-timeout = soon", "duration")]
    [InlineData("flood-streams.json.value-timeout = 10ms", "allowed is 100ms to 1d")]
    [InlineData("flood-streams.json.unfinished-bytes = large", "size")]
    public void A_wrong_setting_is_named(string hocon, string said)
    {
        var config = Akka.Configuration.ConfigurationFactory.ParseString(hocon);
        Assert.Contains(
            said, Assert.Throws<FloodConfigurationException>(() => FloodStreamsSettings.Read(config)).Message);
    }
}
