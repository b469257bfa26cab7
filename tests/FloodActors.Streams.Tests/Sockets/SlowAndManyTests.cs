using System.Text;
using FloodActors.Streams.Sockets;
using FloodActors.Streams.Tests.Streams;

namespace FloodActors.Streams.Tests.Sockets;

/// <summary>
/// Many connections, silent ones, and values that do not end: what strangers can do who reach the port.
/// </summary>
public sealed class SlowAndManyTests
{
    [Fact]
    public async Task Three_hundred_silent_connections_leave_room_for_nodes_and_are_two_events_and_not_three_hundred()
    {
        const int knocks = 300;
        await using var node = TestNode.Start("a", "flood.max-peers = 20");
        await using var other = TestNode.Start("b");
        await using var listener = await node.Flood.ListenJsonAsync(
            "127.0.0.1:0", new JsonPeerOptions { TellRefusalsEvery = TimeSpan.FromSeconds(2) });
        var peers = new List<RawPeer>();
        try
        {
            for (var i = 0; i < knocks; i++)
                if (await RawPeer.KnockAsync(listener.LocalEndPoint) is { } peer) peers.Add(peer);
            await Soon.Holds(
                () => node.Events.OfType<PeerConnected>().Count() == 10 && Refused(node).Sum(Knocks) == knocks - 10,
                "ten are peers, and all others are accounted for");
            Assert.InRange(Refused(node).Count(), 1, 20);
            Assert.Contains("flood-streams.json.max-peers", Refused(node).First().Reason);
            Assert.IsType<Connected>(await other.Flood.ConnectAsync(node.Address));

            // A silent peer is no dead one: it is sent what comes.
            await node.Flood.AppendAsync("hello");
            Assert.Contains(
                "hello", await peers[0].ReadAsync(text => text.Contains("hello", StringComparison.Ordinal)));

            // And a place that becomes free is given away.
            peers[0].Dispose();
            await Soon.Holds(() => node.Events.OfType<PeerDisconnected>().Any(), "one has gone");
            peers.Add(await RawPeer.ConnectAsync(listener.LocalEndPoint));
            await Soon.Holds(
                () => node.Events.OfType<PeerConnected>().Any(e => e.Peer == peers[^1].Id), "the next one is a peer");
        }
        finally
        {
            peers.ForEach(peer => peer.Dispose());
        }
    }

    [Fact]
    public async Task All_listeners_of_a_flood_share_the_limit()
    {
        await using var node = LocalFlood.Start();
        var options = new JsonPeerOptions { MaxPeers = 2 };
        await using var one = await node.Flood.ListenJsonAsync("127.0.0.1:0", options);
        await using var two = await node.Flood.ListenJsonAsync("127.0.0.1:0", options);
        using var first = await RawPeer.ConnectAsync(one.LocalEndPoint);
        using var second = await RawPeer.ConnectAsync(two.LocalEndPoint);
        await node.Event<PeerConnected>(e => e.Peer == first.Id);
        await node.Event<PeerConnected>(e => e.Peer == second.Id);
        using var third = await RawPeer.KnockAsync(one.LocalEndPoint);
        if (third is not null) await third.ReadToEndAsync();
        Assert.Equal(LinkEnd.TooManyPeers, (await node.Event<PeerRefused>()).Cause);
    }

    [Fact]
    public async Task Refusals_by_the_flood_itself_are_told_once_with_a_count_too()
    {
        await using var node = LocalFlood.Start();
        await using var listener = await node.Flood.ListenJsonAsync(
            "127.0.0.1:0", new JsonPeerOptions { IdOf = _ => "the one", TellRefusalsEvery = TimeSpan.FromSeconds(1) });
        using var first = await RawPeer.ConnectAsync(listener.LocalEndPoint);
        await node.Event<PeerConnected>();
        for (var i = 0; i < 50; i++)
        {
            using var knock = await RawPeer.KnockAsync(listener.LocalEndPoint);
            if (knock is not null) await knock.ReadToEndAsync();
        }
        await Soon.Holds(
            () => node.Events.OfType<PeerRefused>().Where(e => e.Cause == LinkEnd.IdTaken).Sum(Knocks) == 50,
            "all are accounted for");
        Assert.InRange(node.Events.OfType<PeerRefused>().Count(), 2, 25);
    }

    [Fact]
    public async Task An_id_that_cannot_be_made_is_a_refusal_and_the_listener_goes_on()
    {
        await using var node = LocalFlood.Start();
        var fails = true;
        await using var listener = await node.Flood.ListenJsonAsync(
            "127.0.0.1:0",
            new JsonPeerOptions
            {
                IdOf = _ => fails ? throw new InvalidOperationException("no such customer") : "known",
            });
        (await RawPeer.KnockAsync(listener.LocalEndPoint))?.Dispose();
        Assert.Contains("no such customer", (await node.Event<PeerRefused>()).Reason);
        fails = false;
        using var second = await RawPeer.ConnectAsync(listener.LocalEndPoint);
        await node.Event<PeerConnected>(e => e.Peer == "known");
    }

    [Theory]
    [InlineData("{\"a\":1}\n{\"b\":2}\n", LinkEnd.ProtocolError)]
    [InlineData("{\"a\":1}\n", LinkEnd.Timeout)]
    [InlineData("\"a\"", LinkEnd.Timeout)]
    public async Task A_peer_that_parts_values_by_single_line_feeds_is_told_what_is_expected(string sent, LinkEnd cause)
    {
        await using var node = LocalFlood.Start();
        await using var listener = await node.Flood.ListenJsonAsync(
            "127.0.0.1:0", new JsonPeerOptions { ValueTimeout = TimeSpan.FromMilliseconds(300) });
        using var peer = await RawPeer.ConnectAsync(listener.LocalEndPoint);
        await peer.SendAsync(sent);
        var ended = await node.Event<PeerDisconnected>();
        Assert.Equal(cause, ended.Cause);
        Assert.Contains("write two line feeds after each value", ended.Reason);
    }

    [Fact]
    public async Task A_value_that_drips_is_ended_in_time_and_a_peer_that_is_silent_between_values_is_not()
    {
        await using var node = LocalFlood.Start();
        await using var listener = await node.Flood.ListenJsonAsync(
            "127.0.0.1:0", new JsonPeerOptions { ValueTimeout = TimeSpan.FromSeconds(1) });
        using var silent = await RawPeer.ConnectAsync(listener.LocalEndPoint);
        await silent.SendAsync("[1]\n\n");
        await node.Event<MessageReceived>();
        using var drip = await RawPeer.ConnectAsync(listener.LocalEndPoint);
        await drip.SendAsync("\"");
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!node.Events.OfType<PeerDisconnected>().Any())
        {
            await drip.FloodAsync("x"u8.ToArray(), 1);
            await timer.WaitForNextTickAsync();
        }
        var ended = node.Events.OfType<PeerDisconnected>().Single();
        Assert.Equal((drip.Id, LinkEnd.Timeout), (ended.Peer, ended.Cause));
        Assert.Contains("flood-streams.json.value-timeout", ended.Reason);
        await silent.SendAsync("[2]\n\n");
        await Soon.Holds(() => node.Received.Count() == 2, "the silent one is heard");
    }

    [Fact]
    public async Task The_memory_of_a_large_value_is_given_back_when_the_flood_has_it()
    {
        await using var node = LocalFlood.Start();
        await using var listener = await node.Flood.ListenJsonAsync("127.0.0.1:0");
        using var peer = await RawPeer.ConnectAsync(listener.LocalEndPoint);
        for (var i = 1; i <= 5; i++)
        {
            await peer.SendAsync($"[{i},\"{new string('x', 1_000_000)}");
            await Soon.Holds(() => JsonUsage.Of(node.Flood).Values.Used >= 1_000_000, "the value has begun");
            await peer.SendAsync("\"]\n\n");
            await Soon.Holds(
                () => node.Received.Count() == i && JsonUsage.Of(node.Flood).Values.Used == 0, "the flood has it");
        }
    }

    /// <summary>The memory of a process under this attack is measured by the tests of the node program.</summary>
    [Fact]
    public async Task Two_hundred_endless_values_stay_within_the_budget_and_an_honest_value_gets_through()
    {
        const int count = 200;
        const int sent = 1_800_000;
        const long unfinished = 16 << 20;
        await using var node = LocalFlood.Start(hocon: "flood { max-message-size = 1 MiB, max-peers = 1000 }");
        await using var listener = await node.Flood.ListenJsonAsync(
            "127.0.0.1:0", new JsonPeerOptions { MaxPeers = 250, UnfinishedBytes = unfinished });
        var peers = new List<RawPeer>();
        try
        {
            for (var i = 0; i < count; i++) peers.Add(await RawPeer.ConnectAsync(listener.LocalEndPoint));
            await Soon.Holds(() => node.Events.OfType<PeerConnected>().Count() == count, "all are connected");
            var most = 0L;
            var chunk = Encoding.ASCII.GetBytes(new string('x', sent / 10));
            foreach (var peer in peers) await peer.SendAsync("\"");
            for (var round = 0; round < 10; round++)
            {
                await Task.WhenAll(peers.Select(peer => peer.FloodAsync(chunk, chunk.Length)));
                most = Math.Max(most, JsonUsage.Of(node.Flood).Values.Used);
            }

            using var honest = await RawPeer.ConnectAsync(listener.LocalEndPoint);
            await honest.SendAsync($"[\"{new string('y', 900_000)}\"]\n\n");
            await node.Event<MessageReceived>();
            await Soon.Holds(
                () => node.Events.OfType<PeerDisconnected>().Count() > count / 2, "those who took too long made room");
            Assert.InRange(most, unfinished / 2, unfinished);
            Assert.All(node.Events.OfType<PeerDisconnected>(), ended =>
                Assert.Contains("flood-streams.json.unfinished-bytes", ended.Reason));
            Assert.InRange(JsonUsage.Of(node.Flood).Values.Used, 0, unfinished);
        }
        finally
        {
            peers.ForEach(peer => peer.Dispose());
        }
        await Soon.Holds(() => JsonUsage.Of(node.Flood).Values.Used == 0, "what they held is given back");
    }

    private static IEnumerable<PeerRefused> Refused(TestNode node) =>
        node.Events.OfType<PeerRefused>().Where(e => e.Cause == LinkEnd.TooManyPeers);

    /// <summary>How many refusals an event stands for.</summary>
    private static int Knocks(PeerRefused refused) =>
        refused.Reason.IndexOf(" more in the last ", StringComparison.Ordinal) is var at and > 0
            ? int.Parse(refused.Reason.AsSpan(0, at), System.Globalization.CultureInfo.InvariantCulture)
            : 1;
}
