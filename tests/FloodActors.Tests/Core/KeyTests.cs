using FloodActors.Core;
using FloodActors.Tests.Wire;
using FloodActors.Wire;

namespace FloodActors.Tests.Core;

public sealed class KeyTests
{
    [Fact]
    public void The_later_write_wins_and_who_has_seen_a_value_wins_over_it_whatever_the_clocks_say()
    {
        var (early, late) = (new StateHarness(incarnation: 1), new StateHarness(incarnation: 2));
        late.Advance(TimeSpan.FromHours(1));
        var (toLate, toEarly) = (early.Connect("late", 2), late.Connect("early", 1));
        Set(late, "k", "from the future");
        Give(late, toEarly, early, toLate);
        Set(early, "k", "after having seen it");
        Give(early, toLate, late, toEarly);
        Assert.Equal("after having seen it", Value(early, "k"));
        Assert.Equal("after having seen it", Value(late, "k"));
        Assert.Empty(early.Data);
    }

    [Fact]
    public void Writes_that_do_not_know_of_each_other_end_the_same_on_both_nodes()
    {
        var (one, two) = (new StateHarness(incarnation: 1), new StateHarness(incarnation: 2));
        var (toTwo, toOne) = (one.Connect("two", 2), two.Connect("one", 1));
        Set(one, "k", "one");
        Set(two, "k", "two"); // at the same time: the higher incarnation decides
        Give(one, toTwo, two, toOne);
        Give(two, toOne, one, toTwo);
        Assert.Equal(("two", "two"), (Value(one, "k"), Value(two, "k")));
        Assert.Empty(one.Pull(toTwo));
        Assert.Equal(1, two.State.Counters.KeysStale);
    }

    [Fact]
    public void Who_is_behind_lags_by_keys_is_given_each_latest_value_once_and_told_how_many_it_was_spared()
    {
        var node = new StateHarness();
        var peer = node.Connect("p");
        var listener = node.State.AddListener(wantsDrops: false, replay: false, "t");
        for (var i = 0; i < 1000; i++) Set(node, $"k{i % 10}", $"{i}");
        Assert.Equal(Enumerable.Range(990, 10).Select(i => $"{i}"), node.Pull(peer).Select(r => Text(r.Message!)));
        Assert.Equal(990, peer.Due!.SparedEver);
        var notices = node.Notices(listener);
        Assert.Equal(new ValuesSpared(990), notices[0].Event);
        Assert.Equal(Enumerable.Range(990, 10).Select(i => $"{i}"), notices.Skip(1).Select(n => Text(n.Message!)));
        Assert.Empty(node.Notices(listener));
        Assert.Equal((990, 990), (node.State.Counters.SparedPeers, node.State.Counters.SparedSubscribers));
    }

    [Fact]
    public void No_key_starves_for_a_reader_that_is_always_behind()
    {
        var node = new StateHarness();
        var listener = node.State.AddListener(wantsDrops: false, replay: false, "t");
        for (var i = 0; i < 100; i++) Set(node, $"k{i}", "0");
        var told = new HashSet<string>();
        for (var turn = 0; turn < 110; turn++)
        {
            // A hundred updates for each notice that it takes.
            for (var i = 0; i < 100; i++) Set(node, $"k{i}", $"{turn}");
            foreach (var notice in node.Notices(listener, room: 2))
                if (notice.Message is { } message) told.Add(message.Key!);
        }
        Assert.Equal(100, told.Count);
    }

    [Fact]
    public void A_late_joiner_and_a_late_subscriber_are_given_the_latest_of_each_key_and_a_removed_one_is_gone()
    {
        var node = new StateHarness(s => s with { Capacity = 1 });
        for (var i = 0; i < 50; i++) Set(node, $"k{i}", $"{i}");
        Set(node, "k7", null);
        var late = node.Connect("late");
        Assert.Equal(50, node.Pull(late).Count);
        var subscriber = node.State.AddListener(wantsDrops: false, replay: true, "t");
        Assert.Equal(49, node.Notices(subscriber).Count);
        Assert.Empty(node.Notices(node.State.AddListener(wantsDrops: false, replay: true, "other")));
        Assert.Null(Value(node, "k7"));
        Assert.Equal(49, node.State.Latest("t").Length);
    }

    [Fact]
    public void An_older_value_cannot_come_back_after_the_removal()
    {
        var (one, two) = (new StateHarness(incarnation: 1), new StateHarness(incarnation: 2));
        Set(one, "k", "old");
        var toTwo = one.Connect("two", 2);
        var old = one.Pull(toTwo);
        Set(one, "k", null);
        var fromOne = two.Connect("one", 1);
        two.State.Receive(fromOne, StateHarness.Batch(Entries(one.Pull(toTwo))), two.Time);
        two.State.Receive(fromOne, StateHarness.Batch(Entries(old)), two.Time);
        Assert.Null(Value(two, "k"));
        Assert.Equal(1, two.State.Counters.KeysStale);
    }

    [Fact]
    public void When_there_is_no_room_the_oldest_removals_go_and_then_further_keys_are_refused_with_the_reason()
    {
        var node = new StateHarness(s => s with { KeysMaxCount = 3 });
        foreach (var key in (string[])["a", "b", "c"]) Set(node, key, "1");
        Assert.Contains("flood.keys.max-count", SetRefused(node, "d"), StringComparison.Ordinal);
        Set(node, "a", "2");
        Set(node, "b", null);
        Set(node, "c", null);
        Set(node, "d", "1");
        Assert.Equal(["a", "c", "d"], node.State.Keys.Select(entry => entry.Message.Key!).Order());

        var other = new StateHarness(incarnation: 9);
        Set(other, "e", "1");
        Set(other, "f", "1");
        node.State.Receive(
            node.Connect("other", 9),
            StateHarness.Batch(Entries(other.Pull(other.Connect("node", 1)))),
            node.Time);
        Assert.Equal(3, node.State.KeyCount);
        Assert.Equal(1, node.State.Counters.KeysFull);
        Assert.Contains(
            "flood.keys.max-count", Assert.Single(node.Events.OfType<MessageRefused>()).Reason,
            StringComparison.Ordinal);
    }

    [Fact]
    public void More_removals_than_there_is_room_for_do_not_go_round_for_ever()
    {
        // A triangle in which each key was removed by somebody, and each node has room for two.
        StateHarness[] nodes =
            [.. Enumerable.Range(1, 3).Select(i => new StateHarness(s => s with { KeysMaxCount = 2 }, (ulong)i))];
        var cursors = new PeerCursor[3, 3];
        for (var i = 0; i < 3; i++)
            for (var j = 0; j < 3; j++)
                if (i != j) cursors[i, j] = nodes[i].Connect($"n{j}", (ulong)j + 1);
        for (var i = 0; i < 3; i++)
        {
            Set(nodes[i], $"a{i}", null);
            Set(nodes[i], $"b{i}", null);
        }
        var rounds = 0;
        for (var given = 1; given > 0 && rounds < 100; rounds++)
        {
            given = 0;
            for (var i = 0; i < 3; i++)
            {
                for (var j = 0; j < 3; j++)
                {
                    if (i == j || nodes[i].Pull(cursors[i, j]) is not { Count: > 0 } records) continue;
                    given += records.Count;
                    nodes[j].State.Receive(cursors[j, i], StateHarness.Batch(Entries(records)), nodes[j].Time);
                }
            }
        }
        Assert.InRange(rounds, 2, 20);
    }

    [Fact]
    public void A_peer_that_has_forgotten_a_removal_and_brings_the_old_value_is_told_again()
    {
        var (one, two) = (new StateHarness(incarnation: 1), new StateHarness(incarnation: 2));
        var (toTwo, toOne) = (one.Connect("two", 2), two.Connect("one", 1));
        Set(one, "k", "old");
        var old = one.Pull(toTwo);
        Set(one, "k", null);
        Give(one, toTwo, two, toOne);
        Assert.Empty(one.Pull(toTwo));
        // As if the other one had forgotten it, and had the value from somebody else.
        one.State.Receive(toTwo, StateHarness.Batch(Entries(old)), one.Time);
        Assert.True(Assert.Single(one.Pull(toTwo)).Message!.IsRemoval);
    }

    [Fact]
    public void What_a_peer_turns_out_to_have_is_neither_given_to_it_nor_counted_as_spared()
    {
        var (one, two) = (new StateHarness(incarnation: 1), new StateHarness(incarnation: 2));
        var (toTwo, toOne) = (one.Connect("two", 2), two.Connect("one", 1));
        Set(one, "k", "1");
        var first = one.Pull(toTwo);
        one.State.Disconnect(toTwo, keep: true, one.Time.Now);
        toTwo = one.Connect("two", 2);
        two.State.Receive(toOne, StateHarness.Batch(Entries(first)), two.Time);
        one.State.Receive(toTwo, StateHarness.Batch(Entries(first)), one.Time); // it says what it has
        Assert.Empty(one.Pull(toTwo));
        Assert.Equal((0, 0L), (toTwo.Due!.Count, toTwo.Due.SparedEver));
    }

    [Fact]
    public void A_queue_holds_no_more_than_there_are_keys_however_many_came_and_went()
    {
        var node = new StateHarness(s => s with { KeysMaxCount = 10 });
        var listener = node.State.AddListener(wantsDrops: false, replay: false, "t");
        for (var i = 0; i < 10_000; i++)
        {
            Set(node, $"k{i}", "1");
            Set(node, $"k{i}", null);
        }
        Assert.Equal(10, listener.Due!.Count);
        Assert.InRange(listener.Due.Places, 10, 100);
        Assert.Equal(9_990, node.State.Counters.RemovalsForgotten);
        var notices = node.Notices(listener);
        Assert.Equal(new ValuesSpared(19_990), notices[0].Event);
        Assert.Equal(10, notices.Count(notice => notice.Message is { IsRemoval: true }));
    }

    [Fact]
    public void What_cannot_fit_forgets_no_removal()
    {
        var node = new StateHarness(s => s with { KeysMaxBytes = 10_000 });
        for (var i = 0; i < 5; i++) Set(node, $"k{i}", null);
        Set(node, "big", new string('x', 20_000), () => { });
        Assert.Equal((5, 0L), (node.State.KeyCount, node.State.Counters.RemovalsForgotten));
    }

    [Fact]
    public void No_version_is_used_twice_by_a_node_and_none_is_the_number_of_a_message()
    {
        var (late, node) = (new StateHarness(incarnation: 1), new StateHarness(incarnation: 2));
        late.Advance(TimeSpan.FromHours(1));
        var (toNode, fromLate) = (late.Connect("node", 2), node.Connect("late", 1));
        Set(late, "a", "1");
        Set(late, "b", "1");
        Give(late, toNode, node, fromLate);
        for (var i = 0; i < 10; i++)
        {
            Set(node, "a", "2");
            Set(node, "b", "2");
            Set(node, $"c{i}", "2");
        }
        var ids = node.State.Keys.Select(entry => entry.Message.Id).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());

        var request = new AppendRequest(PayloadKind.Text, "x"u8.ToArray(), default, null)
        {
            Header = MessageHeader.Create(default, Subject.Of("t", "text").WithKey("k", removes: false)),
        };
        Assert.Null(new StateHarness().State.SetKey(request, new FloodTime(1, DateTime.UnixEpoch.Ticks), out var id));
        Assert.InRange(id.Low, (ulong)FloodState.LeastVersion, ulong.MaxValue);
    }

    [Fact]
    public void Bytes_of_keys_are_bounded_too_and_counted_right()
    {
        var node = new StateHarness(s => s with { KeysMaxBytes = 10_000 });
        var refused = 0;
        var random = new Random(20260114);
        for (var i = 0; i < 2000; i++)
        {
            var key = $"k{random.Next(40)}";
            if (random.Next(4) == 0) Set(node, key, null, () => refused++);
            else Set(node, key, new string('x', random.Next(900)), () => refused++);
            Assert.InRange(node.State.KeyBytes, 0, 10_000);
        }
        Assert.InRange(refused, 1, 1999);
        Assert.Equal(
            node.State.Keys.Sum(entry => (long)entry.Message.Weight + FloodState.KeyOverhead), node.State.KeyBytes);
    }

    [Fact]
    public void A_key_whose_versions_somebody_used_up_takes_no_more_appends_and_the_others_do()
    {
        var node = new StateHarness();
        var peer = node.Connect("hostile", 9);
        var header = MessageHeader.Create(default, Subject.Of("t", "text").WithKey("k", removes: false));
        MessageHeader.SetVersion(header, MessageHeader.MaxVersion - 1);
        node.State.Receive(peer, StateHarness.Batch(Entry(header, "last")), node.Time);
        Assert.Equal("last", Value(node, "k"));
        Assert.Contains("used up", SetRefused(node, "k"), StringComparison.Ordinal);
        Set(node, "other", "1");
        Assert.Equal("1", Value(node, "other"));
    }

    [Fact]
    public void Nobody_can_set_a_key_in_this_nodes_name()
    {
        var node = new StateHarness(incarnation: 42);
        var peer = node.Connect("hostile", 9);
        var header = MessageHeader.Create(default, Subject.Of("t", "text").WithKey("k", removes: false));
        MessageHeader.SetVersion(header, 1_000_000);
        node.State.Receive(peer, StateHarness.Batch(Entry(header, "forged", new Origin(42, "node", ""))), node.Time);
        Assert.Null(Value(node, "k"));
        Assert.Equal(1, node.State.Counters.InvalidFromPeer);
    }

    [Fact]
    public void A_flush_waits_for_the_keys_that_were_there_and_not_for_later_ones()
    {
        var node = new StateHarness();
        var peer = node.Connect("p");
        Set(node, "a", "1");
        var asked = node.State.KeyChanges;
        Assert.False(peer.IsDoneWith(0, asked));
        Assert.Single(node.Pull(peer));
        Assert.False(peer.IsDoneWith(0, asked));
        Set(node, "b", "1");
        node.State.Acked(peer, peer.UpTo);
        Assert.True(peer.IsDoneWith(0, asked));
        Assert.False(peer.IsDoneWith(0, node.State.KeyChanges));
        node.Append("in the log");
        Assert.Equal(2, node.Pull(peer).Count);
        node.State.Acked(peer, peer.UpTo);
        Assert.True(peer.IsDoneWith(1, node.State.KeyChanges));
        Assert.Equal(1, peer.Acked);
    }

    [Fact]
    public void A_peer_that_lost_its_link_is_given_what_was_under_way_again()
    {
        var node = new StateHarness();
        var peer = node.Connect("p");
        Set(node, "a", "1");
        Assert.Single(node.Pull(peer));
        node.State.Disconnect(peer, keep: true, node.Time.Now);
        Set(node, "a", "2");
        peer = node.Connect("p");
        Assert.Equal(["2"], node.Pull(peer).Select(record => Text(record.Message!)));
    }

    private static void Set(StateHarness node, string key, string? value, Action? refused = null)
    {
        var subject = Subject.Of("t", "text").WithKey(key, removes: value is null);
        var request = new AppendRequest(
            PayloadKind.Text, System.Text.Encoding.UTF8.GetBytes(value ?? ""), default, null)
        {
            Header = MessageHeader.Create(default, subject),
        };
        var refusal = node.State.SetKey(request, node.Time, out _);
        if (refused is null) Assert.Null(refusal);
        else if (refusal is not null) refused();
    }

    private static string SetRefused(StateHarness node, string key)
    {
        var request = new AppendRequest(PayloadKind.Text, "x"u8.ToArray(), default, null)
        {
            Header = MessageHeader.Create(default, Subject.Of("t", "text").WithKey(key, removes: false)),
        };
        return node.State.SetKey(request, node.Time, out _)!.Message;
    }

    private static void Give(StateHarness from, PeerCursor to, StateHarness receiver, PeerCursor source) =>
        receiver.State.Receive(source, StateHarness.Batch(Entries(from.Pull(to))), receiver.Time);

    private static LinkEntry[] Entries(List<LinkRecord> records) =>
    [
        .. records.Select(record => new LinkEntry(
            RecordType.Message, record.Message!.Id, record.Message.Kind, record.Message.Hops + 1, record.Message.Body)
        {
            Header = record.Message.Header,
            Author = record.Message.Author,
        }),
    ];

    private static LinkEntry Entry(byte[] header, string text, Origin? author = null) =>
        new(RecordType.Message, default, PayloadKind.Text, 1, System.Text.Encoding.UTF8.GetBytes(text))
        {
            Header = header,
            Author = author ?? LinkSamples.Author,
        };

    private static string? Value(StateHarness node, string key) =>
        node.State.LatestOf("t", key) is { } message ? Text(message) : null;

    private static string Text(FloodMessage message) => StateHarness.TextOf(message);
}
