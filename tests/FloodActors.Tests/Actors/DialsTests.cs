using Akka.Actor;
using FloodActors.Actors;
using Akka.Remote;
using FloodActors.Remoting;
using FloodActors.Wire;

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
        await Eventually.Holds(
            () => dials.Find(misspelt) is { Announced: not null, Problem: null }, "the other side has said who it is");
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

    [Theory]
    [InlineData("localhost", "flood", "announces itself as 127.0.0.1:")]
    [InlineData("127.0.0.1", "other", "write akka.tcp://flood@127.0.0.1:")]
    public async Task Who_dials_another_spelling_of_an_address_is_told_what_to_write(
        string host, string system, string said)
    {
        await using var node = TestNode.Start("node", FloodHardening.Dialling().ToString());
        await using var other = TestNode.Start("other");
        var port = ((ExtendedActorSystem)other.System).Provider.DefaultAddress.Port;
        _ = node.Flood.ConnectAsync($"akka.tcp://{system}@{host}:{port}");
        await Eventually.Holds(() => node.Events.OfType<PeerUnreachable>().Any(), "it is told");
        var told = node.Events.OfType<PeerUnreachable>().Single();
        Assert.Contains($"{said}{port}", told.Hint, StringComparison.Ordinal);
        Assert.Equal($"akka.tcp://{system}@{host}:{port}{Flood.DefaultPath}", told.Address);
    }

    [Fact]
    public async Task Who_dials_where_nobody_listens_is_told_why_it_failed_and_nothing_is_kept_when_it_stops()
    {
        await using var node = TestNode.Start("node", FloodHardening.Dialling().ToString());
        var address = new Address("akka.tcp", "flood", "127.0.0.1", FreePort.Next());
        _ = node.Flood.ConnectAsync($"{address.Host}:{address.Port}");
        await Eventually.Holds(() => node.Events.OfType<PeerUnreachable>().Any(), "it is told");
        Assert.Contains(
            "refused", node.Events.OfType<PeerUnreachable>().Single().Hint, StringComparison.OrdinalIgnoreCase);
        Assert.NotNull(Dials.Of(node.System).Find(address));
        Assert.True(await node.Flood.DisconnectAsync($"{address.Host}:{address.Port}"));
        await Eventually.Holds(() => Dials.Of(node.System).Find(address) is null, "it is forgotten");
    }

    [Fact]
    public async Task A_hardened_node_connects_to_what_its_flood_dials_and_to_nothing_else_and_callers_are_answered()
    {
        await using var node = TestNode.Start("node", FloodHardening.Config().ToString());
        await using var other = TestNode.Start("other");
        await using var caller = TestNode.Start("caller");
        var failed = Inbox.Create(node.System);
        node.System.EventStream.Subscribe(failed.Receiver, typeof(AssociationErrorEvent));
        node.System.ActorSelection($"akka.tcp://flood@{other.Address}{Flood.DefaultPath}")
            .Tell(new LinkLetter(new Ping(1, default)));
        var error = Assert.IsType<AssociationErrorEvent>(failed.Receive(TimeSpan.FromSeconds(20)));
        Assert.Contains("flood.only-dialled", error.Cause.ToString(), StringComparison.Ordinal);

        Assert.Equal(new Connected("node"), await caller.Flood.ConnectAsync(node.Address).Soon());
        Assert.Equal(new Connected("other"), await node.Flood.ConnectAsync(other.Address).Soon());
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
