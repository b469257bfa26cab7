using Akka.Actor;
using FloodActors.Actors;
using Akka.TestKit.Xunit2;
using FloodActors.Links;
using FloodActors.Tests.Wire;
using FloodActors.Wire;

namespace FloodActors.Tests.Actors;

public sealed class RelinkTests : TestKit
{
    [Fact]
    public async Task A_peer_that_comes_back_before_its_old_link_has_ended_is_sent_what_follows()
    {
        var flood = Flood.Start(Sys, configure: settings => settings with { NodeName = "node" });
        using var ended = new ManualResetEventSlim();
        using var ending = new ManualResetEventSlim();

        // The first link's actor is held up in saying goodbye, as by a busy machine.
        var first = CreateTestProbe();
        var node = LinkSamples.Info("peer", first.Ref.Path.ToString(), incarnation: 7);
        var held = new HeldRef(first.Ref, ((ExtendedActorSystem)Sys).Provider, ending, ended);
        flood.Actor.Tell(new LinkLetter(new Hello(1, LinkMessage.Version, node)), held);
        var welcome = (Welcome)(await first.ExpectMsgAsync<LinkLetter>()).Message;
        var oldLink = await first.WatchAsync(first.LastSender);
        oldLink.Tell(new LinkLetter(new Ping(welcome.OwnSession, default)), held);
        await flood.WhenConnected();
        await flood.DisconnectAsync("peer");
        Assert.True(ending.Wait(TimeSpan.FromSeconds(10)));

        var second = CreateTestProbe();
        var hello = new Hello(2, LinkMessage.Version, node with { Address = second.Ref.Path.ToString() });
        flood.Actor.Tell(new LinkLetter(hello), second);
        welcome = (Welcome)(await second.ExpectMsgAsync<LinkLetter>()).Message;
        second.LastSender.Tell(new LinkLetter(new Ping(welcome.OwnSession, default)), second);
        await flood.WhenConnected();
        ended.Set();
        await first.FishForMessageAsync<Terminated>(gone => gone.ActorRef.Equals(oldLink));
        await AwaitConditionAsync(async () => (await flood.StatsAsync()).Peers == 1);

        await flood.AppendAsync("after");
        await second.FishForMessageAsync<LinkLetter>(letter =>
            letter.Message is Frame frame && frame.Records!.Any(record => record.Message?.AsText() == "after"));
    }

    [Fact]
    public async Task A_peer_that_is_connected_again_before_its_old_link_has_ended_stays_wanted()
    {
        var flood = Flood.Start(Sys, configure: settings => settings with { NodeName = "node" });
        var probe = CreateTestProbe();
        using var ended = new ManualResetEventSlim();
        using var ending = new ManualResetEventSlim();
        var held = new HeldRef(probe.Ref, ((ExtendedActorSystem)Sys).Provider, ending, ended);
        var address = probe.Ref.Path.ToString();
        var node = LinkSamples.Info("peer", address, incarnation: 7);
        flood.Actor.Tell(new LinkLetter(new Hello(1, LinkMessage.Version, node)), held);
        var welcome = (Welcome)(await probe.ExpectMsgAsync<LinkLetter>()).Message;
        var oldLink = await probe.WatchAsync(probe.LastSender);
        oldLink.Tell(new LinkLetter(new Ping(welcome.OwnSession, default)), held);
        await flood.WhenConnected();

        await flood.DisconnectAsync("peer");
        Assert.True(ending.Wait(TimeSpan.FromSeconds(10)));
        var connecting = flood.ConnectAsync(address);
        var hello = (Hello)(await probe.FishForMessageAsync<LinkLetter>(letter => letter.Message is Hello)).Message;
        var newLink = probe.LastSender;
        ended.Set();
        await probe.FishForMessageAsync<Terminated>(gone => gone.ActorRef.Equals(oldLink));
        newLink.Tell(new LinkLetter(new Welcome(hello.Session, 99, node)), probe);

        Assert.Equal(new Connected("peer"), await connecting);
    }

    /// <summary>An address that takes a goodbye only when it is told to.</summary>
    private sealed class HeldRef(
        IActorRef target, IActorRefProvider provider, ManualResetEventSlim ending, ManualResetEventSlim ended)
        : MinimalActorRef
    {
        public override ActorPath Path => target.Path;

        public override IActorRefProvider Provider => provider;

        protected override void TellInternal(object message, IActorRef sender)
        {
            if (message is LinkLetter { Message: Bye })
            {
                ending.Set();
                ended.Wait(TimeSpan.FromSeconds(10));
            }
            target.Tell(message, sender);
        }
    }
}
