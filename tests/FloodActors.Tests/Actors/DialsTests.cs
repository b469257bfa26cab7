using Akka.Actor;
using FloodActors.Remoting;

namespace FloodActors.Tests.Actors;

/// <summary>What is known of addresses that are dialled.</summary>
public sealed class DialsTests
{
    private static readonly Address Somewhere = new("akka.tcp", "flood", "somewhere", 4053);

    [Fact]
    public async Task The_spelling_that_the_other_side_goes_by_is_known_to_who_dials_it_by_another()
    {
        await using var node = TestNode.Start("node", FloodHardening.Dialling().ToString());
        await using var other = TestNode.Start("other");
        var own = ((ExtendedActorSystem)other.System).Provider.DefaultAddress;
        var misspelt = own.WithHost("localhost");
        var dials = Dials.Of(node.System);
        dials.Add(misspelt);
        dials.Add(own);
        _ = node.Flood.ConnectAsync($"{misspelt.Host}:{misspelt.Port}");
        await Eventually.Holds(() => dials.Find(misspelt) is { Announced: not null, Problem: null }, "the other side has said who it is");
        Assert.Equal(own, dials.Find(misspelt)!.Announced);
        Assert.True(dials.Find(misspelt)!.IsOtherSpelling(misspelt));

        Assert.Equal(new Connected("other"), await node.Flood.ConnectAsync(other.Address));
        Assert.False(dials.Find(own)!.IsOtherSpelling(own));
    }

    [Fact]
    public async Task Why_an_address_cannot_be_reached_is_known()
    {
        await using var node = TestNode.Start("node", FloodHardening.Dialling().ToString());
        var address = new Address("akka.tcp", "flood", "127.0.0.1", FreePort.Next());
        var dials = Dials.Of(node.System);
        dials.Add(address);
        _ = node.Flood.ConnectAsync($"{address.Host}:{address.Port}");
        await Eventually.Holds(() => dials.Find(address)!.Problem is not null, "the attempt has failed");
        Assert.Contains("refused", dials.Find(address)!.Problem, StringComparison.OrdinalIgnoreCase);
        Assert.Null(dials.Find(address)!.Announced);
    }

    [Fact]
    public async Task With_only_dialled_nobody_else_is_connected_to_and_callers_are_answered()
    {
        var hocon = $"{FloodHardening.Config()}\nakka.remote.dot-netty.tcp.flood.only-dialled = on";
        await using var node = TestNode.Start("node", hocon);
        await using var other = TestNode.Start("other");
        await using var caller = TestNode.Start("caller");
        var address = ((ExtendedActorSystem)other.System).Provider.DefaultAddress;
        var connected = node.Flood.ConnectAsync(other.Address);
        await Eventually.Holds(() => node.Events.OfType<PeerUnreachable>().Any(), "what is not permitted is not dialled");
        Assert.False(connected.IsCompleted);
        Assert.Equal(new Connected("node"), await caller.Flood.ConnectAsync(node.Address));

        Dials.Of(node.System).Add(address);
        Assert.Equal(new Connected("other"), await connected);
    }

    [Fact]
    public void Nothing_is_kept_of_addresses_that_nobody_dials_or_dials_no_longer()
    {
        var dials = new Dials();
        Assert.False(dials.Failed(Somewhere, "refused"));
        Assert.Null(dials.Find(Somewhere));

        dials.Add(Somewhere);
        dials.Add(Somewhere);
        Assert.Equal(Dial.None, dials.Find(Somewhere));
        Assert.True(dials.Failed(Somewhere, "refused"));
        Assert.False(dials.Failed(Somewhere, "refused"));
        dials.Remove(Somewhere);
        Assert.Equal("refused", dials.Find(Somewhere)!.Problem);
        dials.Connected(Somewhere, Somewhere);
        Assert.Equal(new Dial(null, Somewhere), dials.Find(Somewhere));
        dials.Remove(Somewhere);
        dials.Remove(Somewhere);
        Assert.Null(dials.Find(Somewhere));
    }
}
