using System.Text;
using FloodActors.Tests.Wire;
using FloodActors.Wire;
using FloodActors.Core;
using FloodActors.Links;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace FloodActors.Tests.Peers;

public sealed class LinkStateTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_link_comes_up_on_both_sides_and_carries_both_ways(bool records)
    {
        var pair = new LinkPair(1, records);
        pair.Left.ToSend(100);
        pair.Right.ToSend(100);
        pair.Run(TimeSpan.FromSeconds(1));
        Assert.True(pair.Left.Link.IsUp && pair.Right.Link.IsUp);
        Assert.Equal(pair.Left.Sent, pair.Right.Received);
        Assert.Equal(pair.Right.Sent, pair.Left.Received);
    }

    [Property(MaxTest = 60)]
    public Property Everything_arrives_once_and_in_order_through_loss_duplication_and_reordering() => Prop.ForAll(
        ArbMap.Default.ArbFor<int>().Generator.Zip(Gen.Choose(0, 30)).Zip(Gen.Choose(0, 1)).ToArbitrary(),
        input =>
        {
            var ((seed, loss), records) = input;
            var pair = new LinkPair(seed, records == 1) { Duplication = 0.1, Jitter = 40 };
            // No loss before: who greets in vain for peer-timeout dials anew, which is the node's business.
            pair.RunUntil(() => pair.Left.Link is { IsUp: true } && pair.Right.Link is { IsUp: true });
            pair.Loss = loss / 100.0;
            pair.Left.ToSend(300, maxSize: 3000);
            pair.Right.ToSend(200);
            pair.Run(TimeSpan.FromSeconds(4));
            (pair.Loss, pair.Duplication, pair.Jitter) = (0, 0, 0);
            pair.Run(TimeSpan.FromSeconds(20));
            return (pair.Left.Sent.SequenceEqual(pair.Right.Received)
                    && pair.Right.Sent.SequenceEqual(pair.Left.Received)
                    && pair.Left.Link.AckedPosition == 300 && pair.Right.Link.AckedPosition == 200)
                .Label(
                    $"seed {seed}, loss {loss} %, {pair.Right.Received.Count} of 300 and {pair.Left.Received.Count} of "
                    + $"200, ended: {pair.Left.Ending} {pair.Right.Ending}");
        });

    [Fact]
    public void A_link_never_has_more_than_its_window_under_way()
    {
        var pair = new LinkPair(3, records: false) { Deaf = true };
        pair.Left.ToSend(100_000, maxSize: 100);
        pair.Run(TimeSpan.FromSeconds(3));
        Assert.InRange(pair.Left.Link.UnderWay, 1, pair.Settings.Window + pair.Settings.MaxFrame);
        Assert.True(pair.Left.Taken < 10_000);
    }

    [Theory]
    [InlineData(100, 5, 9)]
    [InlineData(16, 0, 3)]
    public void Batches_are_used_again_unless_tiny_records_made_them_large_and_let_go_of_when_the_link_is_quiet(
        int size, int least, int most)
    {
        var pair = new LinkPair(3, records: false);
        pair.Run(TimeSpan.FromSeconds(1));
        pair.Right.Slow = true;
        pair.Left.ToSend(40_000, maxSize: size, minSize: size);
        pair.Run(TimeSpan.FromMilliseconds(100));
        pair.Right.Slow = false;
        pair.RunUntil(() => pair.Right.Received.Count > 25_000);
        Assert.InRange(pair.Right.Link.SpareCount, least, most);

        pair.Run(TimeSpan.FromSeconds(2));
        Assert.Equal(40_000, pair.Right.Received.Count);
        Assert.Equal(0, pair.Right.Link.SpareCount);
    }

    [Fact]
    public void A_receiver_that_is_slow_to_take_is_not_sent_the_same_again()
    {
        var pair = new LinkPair(4, records: false);
        pair.Run(TimeSpan.FromSeconds(1));
        pair.Right.Slow = true;
        pair.Left.ToSend(2000, maxSize: 100);
        pair.Run(TimeSpan.FromSeconds(30));
        Assert.True(pair.Left.Link.IsUp);
        Assert.Equal(0, pair.Left.Link.FramesResent);
        pair.Right.Slow = false;
        pair.Right.TakeAll();
        pair.Run(TimeSpan.FromSeconds(2));
        Assert.Equal(pair.Left.Sent, pair.Right.Received);
    }

    [Fact]
    public void A_silent_peer_is_given_up_after_peer_timeout_and_an_idle_one_is_not()
    {
        var pair = new LinkPair(5, records: false);
        pair.Run(TimeSpan.FromMinutes(2));
        Assert.True(pair.Left.Link.IsUp && pair.Right.Link.IsUp);
        pair.Loss = 1;
        pair.Run(TimeSpan.FromMilliseconds(5500));
        Assert.Equal((LinkEnd.Timeout, LinkEnd.Timeout), (pair.Left.Ending, pair.Right.Ending));
    }

    [Fact]
    public void A_goodbye_is_heard_with_its_reason()
    {
        var pair = new LinkPair(6, records: false);
        pair.Run(TimeSpan.FromSeconds(1));
        pair.Left.Link.End(LinkEnd.Leaving, "going home");
        pair.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(LinkEnd.Leaving, pair.Right.Ending);
    }

    [Fact]
    public void Confirming_what_was_never_sent_ends_the_link()
    {
        var pair = new LinkPair(7, records: false);
        pair.Run(TimeSpan.FromSeconds(1));
        pair.Left.Link.On(new Ack(pair.Left.Link.Session, new Confirmed(5, 5, 5), AckReason.Due), pair.Now);
        Assert.Equal(LinkEnd.ProtocolError, pair.Left.Ending);
    }

    [Fact]
    public void What_belongs_to_an_earlier_link_changes_nothing()
    {
        var pair = new LinkPair(8, records: false);
        pair.Run(TimeSpan.FromSeconds(1));
        pair.Left.Link.On(new Bye(pair.Left.Link.Session + 1, LinkEnd.Leaving, "long ago"), pair.Now);
        pair.Left.Link.On(new Ack(pair.Left.Link.Session + 1, new Confirmed(9, 9, 9), AckReason.Due), pair.Now);
        Assert.True(pair.Left.Link.IsUp);
    }

    [Fact]
    public void A_burst_travels_in_full_frames()
    {
        var pair = new LinkPair(9, records: false);
        pair.Run(TimeSpan.FromSeconds(1));
        pair.Left.ToSend(50_000, maxSize: 100, minSize: 100);
        pair.Run(TimeSpan.FromSeconds(5));
        Assert.Equal(50_000, pair.Right.Received.Count);
        // 50,000 records of 104 bytes in frames of 60,000: 87 frames, if all were full.
        Assert.InRange(pair.Left.Frames, 87, 100);
    }

    [Fact]
    public void A_lone_message_leaves_at_once()
    {
        var pair = new LinkPair(10, records: false);
        pair.Run(TimeSpan.FromSeconds(1));
        var before = pair.Now;
        pair.Left.ToSend(1);
        pair.RunUntil(() => pair.Right.Received.Count == 1);
        Assert.Equal(before + pair.Latency, pair.Now);
    }

    [Theory]
    [InlineData(2, 8, 14)] // every fourth one asks for it
    [InlineData(5, 0, 3)] // nothing is gained by asking
    public void Small_frames_are_acknowledged_together_or_within_a_tick(int everyMs, int least, int most)
    {
        var pair = new LinkPair(1, records: false);
        pair.RunUntil(() => pair.Left.Link is { IsUp: true } && pair.Right.Link is { IsUp: true });
        var acks = pair.Right.Acks;
        for (var i = 0; i < 40; i++)
        {
            pair.Left.ToSend(1);
            pair.Run(TimeSpan.FromMilliseconds(everyMs));
        }
        pair.Run(TimeSpan.FromMilliseconds(2));
        Assert.Equal(40, pair.Right.Received.Count);
        Assert.InRange(pair.Right.Acks - acks, least, most);

        pair.Left.ToSend(1);
        pair.Run(TimeSpan.FromMilliseconds(600));
        Assert.Equal(0, pair.Left.Link.UnderWay);
    }

    [Fact]
    public void Frames_that_go_the_other_way_carry_the_acknowledgement()
    {
        var pair = new LinkPair(1, records: false);
        pair.RunUntil(() => pair.Left.Link is { IsUp: true } && pair.Right.Link is { IsUp: true });
        var acks = pair.Left.Acks + pair.Right.Acks;
        for (var i = 0; i < 80; i++)
        {
            pair.Left.ToSend(1);
            pair.Run(TimeSpan.FromMilliseconds(13));
            pair.Right.ToSend(1);
            pair.Run(TimeSpan.FromMilliseconds(14));
        }
        Assert.Equal(acks, pair.Left.Acks + pair.Right.Acks);
        Assert.Equal((80, 80), (pair.Left.Received.Count, pair.Right.Received.Count));

        // Silence: what no frame carries is acknowledged within two ticks.
        pair.Run(TimeSpan.FromMilliseconds(510));
        Assert.Equal((0, 0), (pair.Left.Link.UnderWay, pair.Right.Link.UnderWay));
        Assert.InRange(pair.Left.Acks + pair.Right.Acks - acks, 1, 2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Who_waits_for_an_acknowledgement_gets_it_at_once(bool records)
    {
        var pair = new LinkPair(1, records);
        pair.RunUntil(() => pair.Left.Link is { IsUp: true } && pair.Right.Link is { IsUp: true });
        pair.RunUntil(() => pair.Now % 250 == 10);
        pair.Left.ToSend(1);
        pair.Run(TimeSpan.FromMilliseconds(20));
        Assert.True(pair.Left.Link.UnderWay > 0);

        pair.Left.Link.WantAck(pair.Now);
        pair.Run(TimeSpan.FromMilliseconds(20));

        Assert.Equal(0, pair.Left.Link.UnderWay);
        Assert.Single(pair.Right.Received);
    }
}
