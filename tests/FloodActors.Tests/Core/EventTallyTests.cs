using FloodActors.Core;
using FloodActors.Wire;

namespace FloodActors.Tests.Core;

/// <summary>
/// What a peer can cause with every message costs a counter each and one event a second: nobody can push the events of
/// others out of the ring.
/// </summary>
public class EventTallyTests
{
    private const ulong Own = 77;

    [Fact]
    public void A_liar_whose_every_message_is_refused_leaves_room_for_the_events_of_others()
    {
        var node = Node();
        var (liar, other) = (node.Connect("liar"), node.Connect("other", 11));
        var listener = node.State.AddListener(wantsDrops: false, replay: false);
        node.State.Events.Raise(new PeerConnected("other", "", false, 0), node.State.Log.Next);

        // For ten seconds, in three ways in turn.
        for (var second = 0; second < 10; second++)
        {
            for (var i = 0; i < 999; i += 3)
            {
                Receive(node, liar, Own, 1000 + (ulong)i);
                Receive(node, liar, 9, ulong.MaxValue);
                Receive(node, liar, (ulong)((second * 1000) + i + 1000), 1);
            }
            node.Advance(TimeSpan.FromSeconds(1));
        }
        Receive(node, other, Own, 5);

        var events = node.Notices(listener).Select(notice => notice.Event).Where(e => e is not null).ToList();
        Assert.Contains(events, e => e is PeerConnected { Peer: "other" });
        Assert.DoesNotContain(events, e => e is SubscriberLagged);
        var refused = events.OfType<MessageRefused>().Where(e => e.Peer == "liar").ToList();
        // Three at once, and three a second.
        Assert.InRange(refused.Count, 30, 33);
        Assert.Equal((3330, 3330), (Sum(refused, "of this node"), Sum(refused, "farther ahead")));
        var counters = node.State.Counters;
        Assert.Equal(counters.OriginsFull, Sum(refused, "max-origins"));
        Assert.Equal(counters.InvalidFromPeer + counters.OriginsFull - 1, refused.Sum(e => e.Count));
        Assert.Equal(1, Assert.Single(events.OfType<MessageRefused>(), e => e.Peer == "other").Count);
    }

    [Fact]
    public void A_peer_that_says_it_takes_nothing_is_one_event_a_second()
    {
        var node = new StateHarness();
        var peer = node.Connect("p");
        peer.MaxMessageSize = 1;
        for (var i = 0; i < 100; i++) node.Append($"message {i}");
        Assert.Empty(node.Send(peer));
        node.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([1, 99], node.Events.OfType<MessageNotSent>().Select(e => e.Count));
        // The last of them, in both.
        Assert.Equal(StateHarness.IdOf("message 99"), node.Events.OfType<MessageNotSent>().Last().Message);
    }

    [Fact]
    public void What_was_counted_of_a_peer_is_told_before_it_is_disconnected()
    {
        var node = Node();
        var liar = node.Connect("liar");
        for (var i = 0; i < 10; i++) Receive(node, liar, Own, 5);
        node.State.Disconnect(liar, keep: true, node.Time.Now);
        Assert.Equal([1, 9], node.Events.OfType<MessageRefused>().Select(e => e.Count));
        node.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(2, node.Events.Count);
    }

    [Fact]
    public void What_is_counted_is_forgotten_after_a_second_of_silence()
    {
        var tally = new EventTally();
        for (var i = 0; i < 1000; i++)
        {
            Assert.NotNull(tally.Take(new MessageRefused($"peer {i}", default, "no"), i * EventTally.QuietMs));
            Assert.Empty(tally.Due(i * EventTally.QuietMs));
            Assert.Equal(1, tally.Count);
        }
    }

    private static long Sum(IEnumerable<MessageRefused> refused, string reason) =>
        refused.Where(e => e.Reason.Contains(reason, StringComparison.Ordinal)).Sum(e => e.Count);

    private static StateHarness Node() => new(
        s => s with { MessageId = MessageIdMode.Sequence, SeenMaxOrigins = 16, EventBuffer = 64 }, Own);

    private static void Receive(StateHarness node, PeerCursor from, ulong origin, ulong number)
    {
        var id = new MessageId(origin, number);
        var entry = new LinkEntry(RecordType.Message, id, PayloadKind.Bytes, 1, new byte[1])
        {
            Author = new Origin(origin, "someone", ""),
        };
        node.State.Receive(from, StateHarness.Batch(entry), node.Time);
        node.State.Trim();
    }
}
