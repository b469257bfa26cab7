using Akka.Actor;

namespace FloodActors.Tests.Actors;

/// <summary>An object of any type, sent to a node that only floods and to one that does not say so.</summary>
public sealed class SecurityTests
{
    [Fact]
    public async Task A_node_that_only_floods_takes_link_messages_and_no_other_objects()
    {
        await using var guarded = TestNode.Start("guarded", FloodHardening.Config().ToString());
        await using var open = TestNode.Start("open");
        await using var other = TestNode.Start("other");
        var (guardedInbox, openInbox) = (Inbox.Create(guarded.System), Inbox.Create(open.System));
        Assert.Equal(new Connected("guarded"), await other.Flood.ConnectAsync(guarded.Address));
        Assert.Equal(new Connected("open"), await other.Flood.ConnectAsync(open.Address));

        Send(other, guarded, guardedInbox);
        Send(other, open, openInbox);
        Assert.IsType<Poco>(openInbox.Receive(TimeSpan.FromSeconds(20)));

        // What came before on the same connection has been refused by the time that this has arrived.
        await other.Flood.AppendAsync("flooded");
        await Eventually.Holds(() => guarded.Received.Contains("flooded"), "the flood reaches the guarded node");
        Assert.Throws<TimeoutException>(() => guardedInbox.Receive(TimeSpan.Zero));

        static void Send(TestNode from, TestNode to, Inbox inbox)
        {
            var path = inbox.Receiver.Path.ToStringWithAddress(
                ((ExtendedActorSystem)to.System).Provider.DefaultAddress);
            ((ExtendedActorSystem)from.System).Provider.ResolveActorRef(path).Tell(new Poco { Text = "hello" });
        }
    }

    private sealed class Poco
    {
        public string Text { get; set; } = "";
    }
}
