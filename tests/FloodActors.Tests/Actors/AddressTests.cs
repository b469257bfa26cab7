using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Akka.Actor;

namespace FloodActors.Tests.Actors;

/// <summary>What people write for a peer, and what it stands for.</summary>
public sealed class AddressTests
{
    private const string Ipv6 = "akka.remote.dot-netty.tcp.hostname = \"::1\"";

    private static readonly FloodAddress Self = Parse("akka.tcp://flood@here:4053/system/flood");

    [Theory]
    [InlineData("there:1", "akka.tcp://flood@there:1/system/flood")]
    [InlineData(" there:1 ", "akka.tcp://flood@there:1/system/flood")]
    [InlineData("[::1]:65535", "akka.tcp://flood@[::1]:65535/system/flood")]
    [InlineData("[0:0:0:0:0:0:0:1]:1", "akka.tcp://flood@[::1]:1/system/flood")]
    [InlineData("[FE80::A]:1", "akka.tcp://flood@[fe80::a]:1/system/flood")]
    [InlineData("akka.ssl.tcp://other@there:1", "akka.ssl.tcp://other@there:1/system/flood")]
    [InlineData("akka.tcp://other@[::1]:1", "akka.tcp://other@[::1]:1/system/flood")]
    [InlineData("akka.tcp://other@there:1/", "akka.tcp://other@there:1/system/flood")]
    [InlineData("akka.tcp://other@there:1/user/mine#123", "akka.tcp://other@there:1/user/mine")]
    [InlineData("/user/mine", "akka.tcp://flood@here:4053/user/mine")]
    [InlineData("akka://flood/user/mine", "akka.tcp://flood@here:4053/user/mine")]
    [InlineData("akka://other/user/mine", "akka://other/user/mine")]
    public void An_address_is_resolved_and_reads_as_what_it_prints(string text, string resolved)
    {
        Assert.True(FloodAddress.TryResolve(text, Self, out var address, out _));
        Assert.Equal(resolved, address.Text);
        Assert.Equal(address, Parse(address.Text));
        Assert.True(FloodAddress.TryResolve(address.Text, Self, out var again, out _));
        Assert.Equal(address, again);
        Assert.True(ActorPath.TryParse(address.Text, out _));
    }

    [Theory]
    [InlineData(null), InlineData(""), InlineData("  "), InlineData("there"), InlineData(":1"), InlineData("there:")]
    [InlineData("there:0")]
    [InlineData("there:65536"), InlineData("there:+1"), InlineData("there: 1"), InlineData("the re:1")]
    [InlineData("there@x:1"), InlineData("a/b:1")]
    [InlineData("::1:4053"), InlineData("[::1]"), InlineData("[::1"), InlineData("[there]:1"), InlineData("[]:1")]
    [InlineData("[127.0.0.1]:1")]
    [InlineData("://x@y:1"), InlineData("akka.tcp://@there:1"), InlineData("akka.tcp://x@there")]
    [InlineData("akka.tcp://x@:1"), InlineData("akka.tcp://")]
    public void What_is_no_address_is_refused_in_words(string? text)
    {
        Assert.False(FloodAddress.TryResolve(text, Self, out var address, out var problem));
        Assert.Null(address);
        Assert.Contains("HOST:PORT", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_case_of_a_host_does_not_count_and_that_of_all_else_does()
    {
        var a = Parse("akka.tcp://flood@some-host:1/x");
        Assert.Equal(a, Parse("akka.tcp://flood@Some-Host:1/x"));
        string[] others =
        [
            "akka.tcp://flood@some-host:2/x", "akka.tcp://Flood@some-host:1/x", "akka.tcp://flood@some-host:1/X",
            "akka://flood/x",
        ];
        foreach (var other in others) Assert.NotEqual(a, Parse(other));
    }

    [Fact]
    public void Without_remoting_an_address_of_another_process_is_refused_with_what_to_set()
    {
        Assert.False(FloodAddress.TryResolve("there:1", Parse("akka://flood/system/flood"), out _, out var problem));
        Assert.Contains("akka.actor.provider", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_part_of_a_flood_is_called_leads_to_the_flood()
    {
        Assert.Equal(Self, Parse($"{Self.Text}/$a").Parent);
        Assert.Equal("[::1]:1", Parse("akka.tcp://flood@[::1]:1/system/flood").ShortName("/system/flood"));
        Assert.Equal("there:1/user/x", Parse("akka.tcp://flood@there:1/user/x").ShortName("/system/flood"));
        Assert.Null(Parse("akka://flood/x").Parent);
    }

    [Fact]
    public async Task A_host_is_dialled_whatever_its_case_here_and_there()
    {
        await using var a = TestNode.Start("a");
        await using var b = TestNode.Start("b", "akka.remote.dot-netty.tcp.public-hostname = LocalHost");
        var port = ((ExtendedActorSystem)b.System).Provider.DefaultAddress.Port;
        Assert.Equal(new Connected("b"), await a.Flood.ConnectAsync($"LOCALHOST:{port}").Soon());
        Assert.Equal(new Connected("a"), await b.Flood.ConnectAsync(a.Address).Soon());
        Assert.True(await a.Flood.DisconnectAsync($"LocalHost:{port}"));
    }

    [SkippableIpv6Fact]
    public async Task Nodes_at_an_IPv6_address_are_linked_whoever_dials()
    {
        await using var a = TestNode.Start("a", Ipv6);
        await using var b = TestNode.Start("b", Ipv6);
        await using var c = TestNode.Start("c", Ipv6);
        var portOfB = ((ExtendedActorSystem)b.System).Provider.DefaultAddress.Port;
        Assert.Equal(new Connected("b"), await a.Flood.ConnectAsync($"[::1]:{portOfB}").Soon());
        Assert.Equal(new Connected("b"), await c.Flood.ConnectAsync($"akka.tcp://flood@[0::1]:{portOfB}").Soon());
        await a.Flood.AppendAsync("over IPv6");
        await Eventually.Holds(() => c.Received.Contains("over IPv6"), "it floods");
        Assert.True(await a.Flood.DisconnectAsync($"[::1]:{portOfB}"));
        await Eventually.HoldsAsync(async () => (await a.Flood.StatsAsync()).Peers == 0, "the link has ended");
    }

    [Fact]
    public async Task An_address_that_is_being_dialled_can_be_disconnected_in_any_spelling_and_is_dialled_no_longer()
    {
        await using var node = TestNode.Start("node");
        var port = FreePort.Next();
        var system = $"akka.tcp://flood@127.0.0.1:{port}";
        foreach (var spelling in new[] { $"127.0.0.1:{port}", system, system + Flood.DefaultPath })
        {
            var connecting = node.Flood.ConnectAsync($"127.0.0.1:{port}");
            Assert.True(await node.Flood.DisconnectAsync(spelling));
            Assert.Equal(LinkEnd.Disconnected, Assert.IsType<ConnectRefused>(await connecting.Soon()).Cause);
            await Eventually.Holds(() => NodeUnderAttack.Children(node) == 0, "nobody dials");
            Assert.False(await node.Flood.DisconnectAsync(spelling));
        }
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task A_peer_that_is_away_can_be_disconnected_and_is_forgotten(bool byName)
    {
        await using var node = TestNode.Start("node", configure: s => s with
        {
            PeerTimeout = TimeSpan.FromSeconds(1), PingInterval = TimeSpan.FromMilliseconds(200),
        });
        var peer = TestNode.Start("peer", "akka.coordinated-shutdown.run-by-actor-system-terminate = off");
        var address = peer.Address;
        await node.Flood.ConnectAsync(address);
        await peer.DisposeAsync();
        await Eventually.Holds(() => node.Events.OfType<PeerDisconnected>().Any(), "it is missed");
        Assert.False(Assert.Single(await node.Flood.PeersAsync()).Connected);
        Assert.True(await node.Flood.DisconnectAsync(byName ? "peer" : address));
        Assert.Empty(await node.Flood.PeersAsync());
        await Eventually.Holds(() => NodeUnderAttack.Children(node) == 0, "nobody dials");
        Assert.False(await node.Flood.DisconnectAsync(address));
    }

    [Fact]
    public async Task A_flood_in_another_system_of_the_process_is_linked_with_by_its_actor()
    {
        await using var a = TestNode.Start("a");
        await using var b = TestNode.Start("b");
        Assert.Equal(new Connected("b"), await a.Flood.ConnectAsync(b.Flood.Actor).Soon());
        Assert.Equal(
            LinkEnd.Self, Assert.IsType<ConnectRefused>(await a.Flood.ConnectAsync(a.Flood.Actor).Soon()).Cause);
        var named = Flood.Get(a.System, "named");
        Assert.IsType<Connected>(await a.Flood.ConnectAsync(named.Actor).Soon());
    }

    private static FloodAddress Parse(string text)
    {
        Assert.True(FloodAddress.TryParse(text, "/system/flood", out var address));
        return address;
    }

    /// <summary>Not every machine has an IPv6 address of its own.</summary>
    private sealed class SkippableIpv6FactAttribute : FactAttribute
    {
        public SkippableIpv6FactAttribute()
        {
            var has = NetworkInterface.GetAllNetworkInterfaces()
                .SelectMany(i => i.GetIPProperties().UnicastAddresses)
                .Any(a => a.Address.Equals(IPAddress.IPv6Loopback));
            if (!has || !Socket.OSSupportsIPv6) Skip = "This machine has no IPv6 loopback address.";
        }
    }
}
