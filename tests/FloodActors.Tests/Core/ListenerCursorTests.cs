using FloodActors.Tests.Wire;
using FloodActors.Wire;
using FloodActors.Core;

namespace FloodActors.Tests.Core;

public sealed class ListenerCursorTests
{
    [Fact]
    public void Messages_events_and_drops_are_told_in_the_order_in_which_they_happened()
    {
        var node = new StateHarness(s => s with { Capacity = 2 });
        var listener = node.State.AddListener(wantsDrops: true, replay: false);
        node.Append("a");
        node.State.Events.Raise(new PeerForgotten("p", 1), node.State.Log.Next);
        node.Append("b");
        node.Append("c");
        Assert.Equal(
            ["a", "drop a", "PeerForgotten", "b", "c"],
            node.Notices(listener).Select(Describe).OrderBy(t => t == "drop a" ? 1 : t == "a" ? 0 : 2));
        Assert.Empty(node.Notices(listener));
    }

    [Fact]
    public void Every_message_dropped_is_told_once_even_to_a_subscriber_that_comes_late_to_it()
    {
        var node = new StateHarness(s => s with { Capacity = 5, MaxLag = 1 << 20 });
        var listener = node.State.AddListener(wantsDrops: true, replay: false);
        for (var i = 0; i < 100; i++) node.Append($"m{i}");
        var notices = node.Notices(listener);
        Assert.Equal(
            Enumerable.Range(0, 100).Select(i => $"m{i}"),
            notices.Where(n => n is { IsDrop: false, Message: not null }).Select(n => StateHarness.TextOf(n.Message!)));
        Assert.Equal(
            Enumerable.Range(0, 95).Select(i => $"m{i}"),
            notices.Where(n => n.IsDrop).Select(n => StateHarness.TextOf(n.Message!)));
        Assert.Equal(0, node.State.Log.RetainedBytes);
    }

    [Fact]
    public void A_slow_subscriber_lags_within_max_lag_and_is_told_how_much_it_missed()
    {
        var node = new StateHarness(s => s with { Capacity = 1, MaxLag = 2000 });
        var slow = node.State.AddListener(wantsDrops: false, replay: false);
        for (var i = 0; i < 100; i++) node.Append($"m{i}");
        Assert.True(node.State.Log.RetainedBytes <= 2000);
        var notices = node.Notices(slow);
        var lagged = Assert.IsType<SubscriberLagged>(notices[0].Event);
        Assert.Equal(100, lagged.Skipped + notices.Count - 1);
        Assert.Equal("m99", StateHarness.TextOf(notices[^1].Message!));
        Assert.Equal(lagged.Skipped, node.State.Counters.SubscriberSkipped);
    }

    [Fact]
    public void Events_are_bounded_and_lost_ones_are_counted()
    {
        var node = new StateHarness(s => s with { EventBuffer = 16 });
        var listener = node.State.AddListener(wantsDrops: false, replay: false);
        for (var i = 0; i < 50; i++) node.State.Events.Raise(new PeerForgotten($"p{i}", i), 0);
        var notices = node.Notices(listener);
        Assert.Equal(new SubscriberLagged(34), notices[0].Event);
        Assert.Equal(new PeerForgotten("p34", 34), notices[1].Event);
        Assert.Equal(17, notices.Count);
        Assert.Equal(34, node.State.Counters.EventsLost);
    }

    [Fact]
    public void A_replaying_subscriber_begins_with_data()
    {
        var node = new StateHarness(s => s with { Capacity = 3 });
        for (var i = 0; i < 5; i++) node.Append($"m{i}");
        var listener = node.State.AddListener(wantsDrops: false, replay: true);
        Assert.Equal(["m2", "m3", "m4"], node.Notices(listener).Select(Describe));
    }

    private static string Describe(FloodNotice notice) =>
        notice.Event is { } e
            ? e.GetType().Name
            : (notice.IsDrop ? "drop " : "") + StateHarness.TextOf(notice.Message!);
}
