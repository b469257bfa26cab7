using System.Text;
using FloodActors.Tests.Wire;
using FloodActors.Wire;
using FloodActors.Core;

namespace FloodActors.Tests.Core;

public sealed class FloodStateTests
{
    [Fact]
    public void What_was_seen_is_not_new_whether_it_was_appended_or_received()
    {
        var node = new StateHarness();
        var peer = node.Connect("p");
        Assert.True(node.Append("a"));
        Assert.False(node.Append("a"));
        node.Receive(peer, "b", "b", "a");
        Assert.False(node.Append("b"));
        Assert.Equal(["a", "b"], node.Data);
        Assert.Equal(
            (1, 2, 1, 2),
            (
                node.State.Counters.Appended, node.State.Counters.AppendedAgain, node.State.Counters.Delivered,
                node.State.Counters.Duplicates));
    }

    [Fact]
    public void With_sequence_ids_every_append_is_new()
    {
        var node = new StateHarness(s => s with { MessageId = MessageIdMode.Sequence });
        Assert.True(node.Append("a"));
        Assert.True(node.Append("a"));
        Assert.Equal(
            [new MessageId(1, 1), new MessageId(1, 2)], node.State.Log is var log ? [log[0].Id, log[1].Id] : []);
    }

    [Fact]
    public void With_sequence_ids_nobody_can_silence_a_node_by_using_up_its_numbers()
    {
        var node = new StateHarness(s => s with { MessageId = MessageIdMode.Sequence }, incarnation: 42);
        var peer = node.State.Connect("hostile", 9);
        Assert.True(node.Append("one"));
        node.State.Receive(
            peer,
            StateHarness.Batch(
                new LinkEntry(RecordType.Message, new MessageId(42, 2), PayloadKind.Text, 1, new byte[] { 65 })),
            node.Time);
        node.State.Receive(
            peer,
            StateHarness.Batch(
                new LinkEntry(RecordType.Message, new MessageId(42, 1), PayloadKind.Text, 1, new byte[] { 65 })),
            node.Time);
        Assert.Equal(
            (1, 1, 0),
            (node.State.Counters.InvalidFromPeer, node.State.Counters.Duplicates, node.State.Counters.Delivered));
        Assert.True(node.Append("two"));
        Assert.Equal(2, node.State.Log.Count);
    }

    [Fact]
    public void A_message_goes_to_all_peers_except_those_known_to_have_it()
    {
        var node = new StateHarness();
        var (p, q, r) = (node.Connect("p", 10), node.Connect("q", 11), node.Connect("r", 12));
        node.Receive(p, "x");
        node.Receive(q, "x"); // while it waited for its turn
        Assert.Empty(node.Send(p));
        Assert.Empty(node.Send(q));
        Assert.Equal(["x"], node.Send(r));
        Assert.Equal(1, node.State.Counters.Forwarded);
    }

    [Fact]
    public void Peers_beyond_the_sixty_fourth_have_bits_of_their_own()
    {
        var node = new StateHarness();
        node.Append("before");
        var peers = Enumerable.Range(0, 150).Select(i => node.Connect($"p{i}", (ulong)(100 + i))).ToList();
        for (var i = 0; i < peers.Count; i += 3) node.Receive(peers[i], "x");
        for (var i = 0; i < peers.Count; i++)
        {
            var given = node.Pull(peers[i]);
            Assert.Equal(i % 3 == 0 ? [] : ["x"], given.Where(r => r.Message is not null)
                .Select(r => StateHarness.TextOf(r.Message!)));
            node.Want(peers[i], given[0]);
            Assert.Equal(["before"], node.Send(peers[i]));
        }
    }

    [Fact]
    public void Local_receive_times_rise_strictly_even_when_the_clock_does_not()
    {
        var node = new StateHarness();
        foreach (var text in (string[])["a", "b", "c"]) node.Append(text);
        var times = Enumerable.Range(0, 3).Select(i => node.State.Log[i].Received).ToList();
        Assert.True(times[0] < times[1] && times[1] < times[2]);
    }

    [Fact]
    public void Capacity_bounds_data_by_count_and_by_bytes_and_the_newest_stays()
    {
        var node = new StateHarness(s => s with { Capacity = 3, CapacityBytes = 3 * (FloodMessage.Overhead + 10) });
        for (var i = 0; i < 10; i++) node.Append($"m{i}");
        Assert.Equal(["m7", "m8", "m9"], node.Data);
        node.Append(new string('x', 200));
        Assert.Single(node.Data);
        Assert.Equal(10, node.State.Counters.Dropped);
        Assert.Equal(0, node.State.Log.RetainedBytes);
    }

    [Fact]
    public void What_a_slow_peer_has_still_to_get_stays_beyond_capacity_until_it_has_it()
    {
        var node = new StateHarness(s => s with { Capacity = 2 });
        var slow = node.Connect("slow");
        for (var i = 0; i < 20; i++) node.Append($"m{i}");
        Assert.Equal(["m18", "m19"], node.Data);
        Assert.True(node.State.Log.RetainedBytes > 0);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"m{i}"), node.Send(slow));
        Assert.Equal(0, node.State.Log.RetainedBytes);
        Assert.Equal(0, node.State.Counters.Skipped);
    }

    [Fact]
    public void Beyond_max_lag_the_slowest_skips_and_every_skipped_message_is_counted_and_reported()
    {
        var node = new StateHarness(s => s with { Capacity = 2, MaxLag = 5 * (FloodMessage.Overhead + 3) });
        var (slow, fast) = (node.Connect("slow", 10), node.Connect("fast", 11));
        for (var i = 10; i < 30; i++)
        {
            node.Append($"m{i}");
            node.Send(fast);
        }
        Assert.True(node.State.Log.RetainedBytes <= node.Settings.MaxLag);
        var got = node.Send(slow);
        Assert.Equal(["m23", "m24", "m25", "m26", "m27", "m28", "m29"], got);
        Assert.Equal(13, node.State.Counters.Skipped);
        node.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(new PeerLagged("slow", 13), Assert.Single(node.Events.OfType<PeerLagged>()));
    }

    [Fact]
    public void What_a_peer_has_already_is_not_counted_as_skipped()
    {
        var node = new StateHarness(s => s with { Capacity = 1, MaxLag = 2000 });
        var slow = node.Connect("slow");
        node.Append("wanted");
        for (var i = 0; i < 40; i++) node.Receive(slow, $"its own {i}");
        Assert.Equal(1, node.State.Counters.Skipped);
    }

    [Fact]
    public void A_peer_that_comes_back_within_its_grace_goes_on_where_it_was_however_small_the_capacity()
    {
        var node = new StateHarness(s => s with { Capacity = 1, PeerGrace = TimeSpan.FromSeconds(60) });
        var peer = node.Connect("p");
        node.Append("a");
        Assert.Equal(["a"], node.Send(peer));
        node.State.Disconnect(peer, keep: true, node.Time.Now);
        foreach (var text in (string[])["b", "c", "d"]) node.Append(text);
        node.Advance(TimeSpan.FromSeconds(59));
        peer = node.Connect("p");
        node.WantAll(peer);
        Assert.Equal(["b", "c", "d"], node.Send(peer));
    }

    [Fact]
    public void After_its_grace_a_peer_is_forgotten_and_what_it_missed_is_counted_and_said()
    {
        var node = new StateHarness(s => s with { Capacity = 1, PeerGrace = TimeSpan.FromSeconds(60) });
        var peer = node.Connect("p");
        node.State.Disconnect(peer, keep: true, node.Time.Now);
        foreach (var text in (string[])["b", "c", "d"]) node.Append(text);
        Assert.True(node.State.Log.RetainedBytes > 0);
        node.Advance(TimeSpan.FromSeconds(60));
        Assert.Empty(node.State.Peers);
        Assert.Equal(0, node.State.Log.RetainedBytes);
        Assert.Equal(3, node.State.Counters.Unreachable);
        Assert.Contains(new PeerForgotten("p", 3), node.Events);
    }

    [Fact]
    public void What_was_under_way_when_a_link_ended_is_sent_again()
    {
        var node = new StateHarness();
        var peer = node.Connect("p");
        foreach (var text in (string[])["a", "b", "c"]) node.Append(text);
        var handed = node.Pull(peer);
        Assert.Equal(3, handed.Count);
        node.State.Disconnect(peer, keep: true, node.Time.Now); // nothing of it was acknowledged
        peer = node.Connect("p");
        node.WantAll(peer);
        Assert.Equal(["a", "b", "c"], node.Send(peer));
    }

    [Fact]
    public void What_was_under_way_and_has_left_the_log_since_counts_as_skipped_when_the_link_ends()
    {
        var node = new StateHarness(s => s with { Capacity = 1, MaxLag = 2000 });
        var (peer, _) = (node.Connect("p"), 0);
        node.Append("under way");
        Assert.Single(node.Pull(peer));
        for (var i = 0; i < 50; i++) node.Append($"m{i}");
        var before = node.State.Counters.Skipped;
        node.State.Disconnect(peer, keep: true, node.Time.Now);
        Assert.Equal(before + 1, node.State.Counters.Skipped);
    }

    [Fact]
    public void A_restarted_peer_is_offered_everything_again()
    {
        var node = new StateHarness();
        var peer = node.Connect("p", incarnation: 100);
        foreach (var text in (string[])["a", "b"]) node.Append(text);
        node.Send(peer);
        node.State.Disconnect(peer, keep: true, node.Time.Now);
        peer = node.Connect("p", incarnation: 101);
        node.WantAll(peer);
        Assert.Equal(["a", "b"], node.Send(peer));
        Assert.Single(node.State.Peers);
    }

    [Fact]
    public void A_peer_that_takes_only_small_messages_is_spared_large_ones_and_that_is_said()
    {
        var node = new StateHarness();
        var peer = node.Connect("p");
        peer.MaxMessageSize = 10;
        node.Append(new string('x', 11));
        node.Append("small");
        Assert.Equal(["small"], node.Send(peer));
        Assert.Equal(1, node.State.Counters.TooLargeForPeer);
        Assert.Single(node.Events.OfType<MessageNotSent>());
    }

    [Fact]
    public void Nothing_is_left_of_a_peer_that_has_gone()
    {
        var node = new StateHarness(s => s with { PeerGrace = TimeSpan.Zero });
        for (var i = 0; i < 10_000; i++)
        {
            var peer = node.Connect($"p{i}", (ulong)i + 10);
            node.Receive(peer, $"m{i % 50}");
            node.State.Disconnect(peer, keep: false, node.Time.Now);
        }
        Assert.Empty(node.State.Peers);
        Assert.Equal(0, node.Connect("next").Slot);
    }

    [Fact]
    public void Numbers_of_closed_gaps_are_counted_and_said()
    {
        var node = new StateHarness(s => s with { MessageId = MessageIdMode.Sequence });
        var peer = node.Connect("p");
        for (var number = 1UL; number <= 240; number += 2)
            node.State.Receive(
                peer,
                StateHarness.Batch(
                    new LinkEntry(RecordType.Message, new MessageId(9, number), PayloadKind.Bytes, 1, new byte[1])),
                node.Time);
        node.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(20, node.State.Counters.GivenUp);
        Assert.Equal(20, node.Events.OfType<MessagesGivenUp>().Sum(e => e.Count));
    }

    [Fact]
    public void A_log_that_needs_nothing_sent_to_a_peer_keeps_nothing_for_it()
    {
        var node = new StateHarness(s => s with { Capacity = 1 });
        var peer = node.Connect("p");
        peer.Room = 1;
        for (var i = 0; i < 100; i++)
        {
            node.Receive(peer, $"m{i}");
            Assert.False(node.State.Pull(peer, []));
            node.State.Trim();
        }
        Assert.Equal(0, node.State.Log.RetainedBytes);
    }

    [Fact]
    public void With_on_lag_wait_appends_wait_before_anyone_has_to_skip()
    {
        var node = new StateHarness(s => s with { Capacity = 1, OnLag = LagPolicy.Wait, MaxLag = 5000 });
        var peer = node.Connect("p");
        var appended = 0;
        for (; appended < 1000 && !node.State.MustAppendsWait; appended++) node.Append($"m{appended}");
        Assert.InRange(appended, 5, 999);
        Assert.Equal(0, node.State.Counters.Skipped);
        Assert.Equal(appended, node.Send(peer).Count);
        Assert.False(node.State.MustAppendsWait);
    }

    [Fact]
    public void A_peer_that_is_away_does_not_make_appends_wait()
    {
        var node = new StateHarness(s => s with { Capacity = 1, OnLag = LagPolicy.Wait, MaxLag = 5000 });
        node.State.Disconnect(node.Connect("p"), keep: true, node.Time.Now);
        for (var i = 0; i < 100; i++) node.Append($"m{i}");
        Assert.False(node.State.MustAppendsWait);
    }

    [Fact]
    public void A_duplicate_allocates_nothing()
    {
        var node = new StateHarness(s => s with { Capacity = 1000 });
        var (p, q) = (node.Connect("p", 10), node.Connect("q", 11));
        var entries = Enumerable.Range(0, 500)
            .Select(i => Encoding.UTF8.GetBytes($"message {i}"))
            .Select(body =>
                new LinkEntry(
                    RecordType.Message, StateHarness.IdOf(Encoding.UTF8.GetString(body)), PayloadKind.Text, 1, body))
            .ToArray();
        var batch = StateHarness.Batch(entries);
        Receive(p);
        Receive(q);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Receive(q);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(101 * 500, node.State.Counters.Duplicates);

        void Receive(PeerCursor from)
        {
            batch.Next = 0;
            node.State.Receive(from, batch, node.Time);
        }
    }

    [Fact]
    public void Bodies_of_a_batch_are_copied_out_of_the_frame_they_came_in()
    {
        var node = new StateHarness();
        var frame = new byte[3000];
        var entries = Enumerable.Range(0, 30)
            .Select(i =>
                new LinkEntry(
                    RecordType.Message, new MessageId(9, (ulong)i), PayloadKind.Bytes, 1, frame.AsMemory(i * 100, 100)))
            .ToArray();
        for (var i = 0; i < frame.Length; i++) frame[i] = (byte)(i / 100);
        node.State.Receive(node.Connect("p"), StateHarness.Batch(entries), node.Time);
        Array.Clear(frame);
        for (var i = 0; i < 30; i++) Assert.All(node.State.Log[i].Body.ToArray(), b => Assert.Equal(i, b));
    }
}
