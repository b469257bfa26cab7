using FloodActors.Core;
using FloodActors.Wire;

namespace FloodActors.Tests.Core;

/// <summary>
/// <c>message-id = sequence</c> among peers that lie: an id is an origin and a number, and nobody signs either. A lie
/// costs at most about as much as was said; it does not silence an origin, and does not close the node to others.
/// </summary>
public class LyingPeerTests
{
    private const ulong Own = 77;
    private const ulong Honest = 9;

    [Theory]
    [InlineData(1), InlineData(2), InlineData(10), InlineData(1000)]
    public void Numbers_far_ahead_in_its_name_do_not_silence_an_origin(int sent)
    {
        var node = Node();
        var (friend, liar) = (node.Connect("friend", 10), node.Connect("liar", 11));
        for (var number = 1; number <= sent; number++) Receive(node, friend, Honest, (ulong)number);
        for (var lie = 1UL; lie <= 5000; lie++) Receive(node, liar, Honest, lie << 25);

        var before = node.State.Counters.Delivered;
        for (var number = sent + 1; number <= sent + 100; number++) Receive(node, friend, Honest, (ulong)number);
        Assert.Equal(before + 100, node.State.Counters.Delivered);
    }

    [Fact]
    public void A_number_that_its_origin_cannot_have_reached_is_refused_and_said()
    {
        var node = Node();
        var liar = node.Connect("liar");
        Receive(node, liar, Honest, 1);
        Receive(node, liar, Honest, 2 + SeenIntervals.FarthestAhead);
        Receive(node, liar, Honest, ulong.MaxValue);
        Receive(node, liar, 10, ulong.MaxValue);

        Assert.Equal((1, 3), (node.State.Counters.Delivered, node.State.Counters.InvalidFromPeer));
        Assert.Equal(1, node.State.SeenCount);
        Assert.Equal(3, Refused(node, "farther ahead"));
    }

    [Theory]
    [InlineData(0UL), InlineData(2UL), InlineData(ulong.MaxValue)]
    public void What_claims_to_be_of_this_node_and_was_not_appended_here_is_refused(ulong number)
    {
        var node = Node();
        var liar = node.Connect("liar");
        Assert.True(node.Append("one"));
        Receive(node, liar, Own, number);

        Assert.Equal((0, 1), (node.State.Counters.Delivered, node.State.Counters.InvalidFromPeer));
        Assert.Contains("of this node", Assert.Single(node.Events.OfType<MessageRefused>()).Reason);
        Assert.True(node.Append("two"));
    }

    [Fact]
    public void Origins_that_a_peer_makes_up_take_at_most_half_of_the_places_and_the_rest_is_said()
    {
        var node = Node();
        var (friend, liar) = (node.Connect("friend", 10), node.Connect("liar", 11));
        for (var origin = 1000UL; origin < 1100; origin++) Receive(node, liar, origin, 1);
        Assert.Equal(8, node.State.SeenCount);
        Assert.Equal(92, node.State.Counters.OriginsFull);
        Assert.Equal(92, Refused(node, "max-origins = 16"));

        for (var origin = 1UL; origin <= 4; origin++) Receive(node, friend, origin, 1);
        Assert.Equal(12, node.State.Counters.Delivered);
        // What it made up goes on: it is the origins that are counted, not the messages.
        Receive(node, liar, 1000, 2);
        Assert.Equal(13, node.State.Counters.Delivered);
    }

    [Fact]
    public void A_peer_that_takes_the_place_of_one_that_is_gone_does_not_answer_for_its_origins()
    {
        var node = Node();
        var liar = node.Connect("liar");
        for (var origin = 1000UL; origin < 1100; origin++) Receive(node, liar, origin, 1);
        node.State.Disconnect(liar, keep: false, node.Time.Now);
        var friend = node.Connect("friend", 10);
        Assert.Equal(liar.Slot, friend.Slot);
        for (var origin = 1UL; origin <= 4; origin++) Receive(node, friend, origin, 1);
        Assert.Equal(12, node.State.Counters.Delivered);
    }

    [Fact]
    public void A_node_that_remembers_as_many_origins_as_it_may_still_appends()
    {
        var node = Node();
        for (var i = 0; i < 16; i++)
        {
            var peer = node.Connect($"p{i}", 100 + (ulong)i);
            for (var origin = 0UL; origin < 10; origin++) Receive(node, peer, 1000 + (ulong)(i * 10) + origin, 1);
        }
        Assert.True(node.Append("mine"));
        Assert.True(node.Append("mine"));
        Assert.Equal((2, 0), (node.State.Counters.Appended, node.State.Counters.AppendedAgain));
    }

    [Fact]
    public void An_origin_is_forgotten_only_for_want_of_room_and_that_is_said()
    {
        var node = Node(s => s with { SeenMaxAge = TimeSpan.FromMinutes(1), Capacity = 1 });
        var peers = Enumerable.Range(0, 16).Select(i => node.Connect($"p{i}", 100 + (ulong)i)).ToList();
        foreach (var peer in peers) peer.Room = 1_000_000;
        // 16 places, an hour of silence after each origin, each brought by another peer: while there is room nothing is
        // forgotten.
        for (var origin = 1UL; origin <= 16; origin++)
        {
            node.Advance(TimeSpan.FromHours(1));
            Receive(node, peers[(int)origin - 1], origin, 1);
            LetGo();
        }
        Assert.Equal((16, 0), (node.State.SeenCount, node.State.Counters.OriginsForgotten));
        Receive(node, peers[0], 1, 1);
        Assert.Equal(16, node.State.Counters.Delivered);
        node.Advance(TimeSpan.FromHours(1));

        Receive(node, peers[0], 17, 1);
        Assert.Equal(new OriginForgotten(2), Assert.Single(node.Events.OfType<OriginForgotten>()));
        Assert.Equal(1, node.State.Counters.OriginsForgotten);
        LetGo();
        // It is what the event says: the one that was forgotten is new again.
        Receive(node, peers[0], 2, 1);
        Assert.Equal(18, node.State.Counters.Delivered);

        void LetGo()
        {
            foreach (var peer in peers)
            {
                node.Send(peer);
            }
        }
    }

    private static StateHarness Node(Func<FloodSettings, FloodSettings>? configure = null) =>
        new(s => (configure ?? (c => c))(s with { MessageId = MessageIdMode.Sequence, SeenMaxOrigins = 16 }), Own);

    /// <summary>How many messages were refused for a reason, when all has been told.</summary>
    private static long Refused(StateHarness node, string reason)
    {
        node.Advance(TimeSpan.FromSeconds(1));
        return node.Events.OfType<MessageRefused>().Where(e => e.Reason.Contains(reason)).Sum(e => e.Count);
    }

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
