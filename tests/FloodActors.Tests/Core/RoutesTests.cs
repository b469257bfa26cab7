using System.Buffers.Binary;
using FloodActors.Core;
using FloodActors.Tests.Wire;
using FloodActors.Wire;
using Xunit;

namespace FloodActors.Tests.Core;

/// <summary>What is sent, what is only told, what waits, and what is asked for.</summary>
public sealed class RoutesTests
{
    private static readonly TimeSpan Gathered = TimeSpan.FromMilliseconds(FloodState.GatherMs);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(MissingMessages.AskAfterMs);
    private readonly StateHarness _node = new(s => s with { Capacity = 1000 });

    [Fact]
    public void What_was_there_before_the_link_is_offered_and_sent_when_it_is_asked_for()
    {
        _node.Append("a");
        _node.Append("b");
        var peer = _node.Connect("p");
        _node.Append("c");
        var records = _node.Pull(peer);
        Assert.Equal([RecordType.Offer, RecordType.Message], records.Select(r => r.Type));
        Assert.Equal([StateHarness.IdOf("a"), StateHarness.IdOf("b")], StateHarness.Told(records[0]));

        _node.Want(peer, records[0]);
        var answers = _node.Pull(peer);
        Assert.All(answers, answer => Assert.Equal(RecordType.Answer, answer.Type));
        Assert.Equal(["a", "b"], answers.Select(r => StateHarness.TextOf(r.Message!)));
    }

    [Fact]
    public void An_offer_is_asked_for_at_once_as_far_as_it_is_not_known()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        _node.Append("both");
        _node.ReceiveControl(p, StateHarness.Ids(RecordType.Offer, "both", "only p"));
        var want = Assert.Single(_node.Pull(p)); // "both" is not sent: p has it
        Assert.Equal((RecordType.Want, StateHarness.IdOf("only p")), (want.Type, MessageId.Read(want.Control.Span)));

        _node.Receive(q, "only p"); // it comes by another way before p sends it
        Assert.Empty(_node.Send(p));
        Assert.Equal(0, p.Traffic.Inbox.Length);
    }

    [Fact]
    public void Whoever_sends_what_has_come_already_is_asked_to_send_ids_only()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        _node.Receive(p, "x");
        _node.Receive(q, "x");
        Assert.Empty(_node.Pull(q)); // it is not worth a frame of its own yet
        _node.Advance(Gathered);
        var prune = Assert.Single(_node.Pull(q));
        Assert.Equal(RecordType.Prune, prune.Type);
        Assert.Equal(LinkSamples.Author.Incarnation, BinaryPrimitives.ReadUInt64BigEndian(prune.Control.Span));
        Assert.Equal(1, _node.State.Counters.Prunes);
    }

    [Fact]
    public void A_link_is_lazy_for_the_origins_of_which_both_ends_tell_ids_only()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        _node.Receive(p, "x");
        _node.Receive(q, "x"); // q is asked to tell ids only
        _node.Append("own");
        Assert.Equal(2, _node.State.RouteCount);
        Assert.Equal(0, q.Traffic.LazyRoutes);
        Prune(q, LinkSamples.Author.Incarnation); // and asks for the same
        Assert.Equal((0, 1), (p.Traffic.LazyRoutes, q.Traffic.LazyRoutes));

        _node.State.Disconnect(q, keep: true, 0);
        Assert.Equal(0, q.Traffic.LazyRoutes);
    }

    [Fact]
    public void The_link_that_is_relied_on_is_not_let_go_when_another_one_is_faster_once()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        _node.Receive(p, "x");
        _node.Receive(q, "x");
        _node.Receive(q, "y");
        _node.Receive(p, "y");
        _node.Advance(Gathered);
        Assert.Empty(_node.Pull(p));
        Assert.Equal(RecordType.Prune, Assert.Single(_node.Pull(q)).Type);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    [InlineData(FloodSettings.EveryRoute, 0)]
    public void As_many_copies_come_as_redundancy_says(int redundancy, int prunes)
    {
        var node = new StateHarness(s => s with { Redundancy = redundancy });
        foreach (var i in Enumerable.Range(0, 3)) node.Connect($"p{i}", 10 + (ulong)i);
        foreach (var peer in node.State.Peers) node.Receive(peer, "x");
        Assert.Equal(prunes, node.State.Counters.Prunes);
        Assert.Equal(2, node.State.Counters.Duplicates);
    }

    [Fact]
    public void Over_a_lazy_route_ids_are_gathered_and_go_in_front_of_the_next_message()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        _node.Receive(p, "x");
        Prune(q, LinkSamples.Author.Incarnation);
        _node.Receive(p, "y", "z");
        Assert.Equal(["x", "y", "z"], Told(_node.Pull(q), after: Gathered, q));

        _node.Receive(p, "u");
        _node.Append("own");
        var records = _node.Pull(q);
        Assert.Equal([RecordType.Ids, RecordType.Message], records.Select(r => r.Type));
        Assert.Equal(StateHarness.IdOf("u"), Assert.Single(StateHarness.Told(records[0])));
    }

    [Fact]
    public void What_comes_from_the_peer_meanwhile_needs_no_telling()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        _node.Receive(p, "x");
        Prune(q, LinkSamples.Author.Incarnation);
        _node.ReceiveControl(q, StateHarness.Ids(RecordType.Ids, "x"));
        _node.Advance(Gathered);
        Assert.Empty(_node.Pull(q));
    }

    [Fact]
    public void A_message_waits_for_one_that_was_told_before_it_and_then_for_nothing()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        _node.ReceiveControl(p, StateHarness.Ids(RecordType.Ids, "question"));
        _node.Receive(p, "answer");
        Assert.Empty(_node.Data);
        Assert.Equal(1, _node.State.Counters.HeldBack);
        _node.Receive(q, "question");
        Assert.Equal(["question", "answer"], _node.Data);
        Assert.Equal(2, _node.State.Passed.Count);
    }

    [Fact]
    public void A_message_that_waits_on_one_link_is_taken_when_another_link_has_come_to_it()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        _node.ReceiveControl(p, StateHarness.Ids(RecordType.Ids, "missing"));
        _node.Receive(p, "x");
        _node.ReceiveControl(q, StateHarness.Ids(RecordType.Ids, "x")); // in q's order nothing comes before it
        Assert.Equal(["x"], _node.Data);
        Assert.Equal("p", _node.State.Log[0].From);
    }

    [Fact]
    public void What_does_not_come_in_time_is_asked_for_and_then_sent_unasked()
    {
        var p = _node.Connect("p", 10);
        _node.ReceiveControl(p, StateHarness.Ids(RecordType.Ids, "x"));
        Assert.Empty(_node.Pull(p));
        Assert.Equal(_node.Time.Now + MissingMessages.AskAfterMs, _node.State.WakeAt);
        _node.Advance(Patience);
        Assert.Equal(RecordType.Want, Assert.Single(_node.Pull(p)).Type);

        // The other side.
        var other = new StateHarness();
        var (source, asker) = (other.Connect("source", 20), other.Connect("asker", 21));
        other.Receive(source, "x");
        other.Send(asker);
        Prune(asker, LinkSamples.Author.Incarnation, other);
        other.Receive(source, "y");
        Assert.Empty(other.Pull(asker));
        other.Advance(Gathered);
        other.Want(asker, Assert.Single(other.Pull(asker)));
        Assert.Equal(1, other.State.Counters.Grafts);
        other.Receive(source, "z");
        Assert.Equal(["y", "z"], other.Send(asker));
    }

    [Fact]
    public void The_next_one_who_told_of_it_is_asked_when_the_first_does_not_answer()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        foreach (var peer in new[] { p, q }) _node.ReceiveControl(peer, StateHarness.Ids(RecordType.Ids, "x"));
        _node.Advance(Patience);
        Assert.Single(_node.Pull(p));
        Assert.Empty(_node.Pull(q));
        _node.Advance(TimeSpan.FromMilliseconds(2 * MissingMessages.AskNextAfterMs));
        Assert.Empty(_node.Pull(p)); // never twice over one link
        Assert.Equal(RecordType.Want, Assert.Single(_node.Pull(q)).Type);
    }

    [Fact]
    public void When_a_link_is_lost_the_others_who_told_of_it_are_asked_at_once()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        foreach (var peer in new[] { p, q }) _node.ReceiveControl(peer, StateHarness.Ids(RecordType.Ids, "x"));
        _node.Advance(Patience);
        Assert.Single(_node.Pull(p));
        _node.State.Disconnect(p, keep: true, _node.Time.Now);
        _node.Advance(TimeSpan.Zero);
        Assert.Equal(RecordType.Want, Assert.Single(_node.Pull(q)).Type);
    }

    [Fact]
    public void When_a_link_is_lost_that_was_relied_on_another_one_takes_its_place()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        _node.Receive(p, "x");
        _node.Receive(q, "x");
        _node.Advance(Gathered);
        Assert.Equal(RecordType.Prune, Assert.Single(_node.Pull(q)).Type);
        _node.State.Disconnect(p, keep: true, _node.Time.Now);
        var graft = Assert.Single(_node.Pull(q));
        Assert.Equal(RecordType.Graft, graft.Type);
        Assert.Equal(LinkSamples.Author.Incarnation, BinaryPrimitives.ReadUInt64BigEndian(graft.Control.Span));
    }

    [Fact]
    public void What_is_gone_everywhere_is_passed_over()
    {
        var p = _node.Connect("p", 10);
        _node.ReceiveControl(p, StateHarness.Ids(RecordType.Ids, "gone"));
        _node.Receive(p, "x");
        _node.Advance(Patience);
        var want = Assert.Single(_node.Pull(p));
        _node.ReceiveControl(p, new LinkRecord(RecordType.Gone, null, want.Control));
        Assert.Equal(["x"], _node.Data);
    }

    [Fact]
    public void What_a_peer_told_of_before_it_left_is_sent_to_the_one_that_takes_its_slot()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        foreach (var peer in new[] { p, q }) _node.ReceiveControl(peer, StateHarness.Ids(RecordType.Ids, "x"));
        _node.Advance(Patience);
        var want = Assert.Single(_node.Pull(p));
        _node.ReceiveControl(p, new LinkRecord(RecordType.Gone, null, want.Control));
        _node.Advance(TimeSpan.FromMilliseconds(MissingMessages.GoneAfterMs));
        Assert.Equal((0, 1), (p.Traffic.Inbox.Length, q.Traffic.Inbox.Length));
        _node.State.Disconnect(p, keep: false, _node.Time.Now);

        var next = _node.Connect("next", 12);
        Assert.Equal(p.Slot, next.Slot);
        _node.Receive(q, "x");
        Assert.Equal(["x"], _node.Send(next));
    }

    [Fact]
    public void What_left_the_log_before_it_was_asked_for_is_said_to_be_gone_and_counted_as_skipped()
    {
        var node = new StateHarness(s => s with { Capacity = 1, MaxLag = 1024 });
        var (p, q) = (node.Connect("p", 10), node.Connect("q", 11));
        node.Receive(p, "x");
        node.Send(q);
        Prune(q, LinkSamples.Author.Incarnation, node);
        node.Receive(p, "y");
        Assert.Empty(node.Pull(q));
        node.Advance(Gathered);
        var told = Assert.Single(node.Pull(q));
        for (var i = 0; i < 20; i++) node.Receive(p, $"more {i} {new string('.', 200)}");
        node.Want(q, told);
        Assert.Contains(node.Pull(q), record => record.Type == RecordType.Gone);
        Assert.True(node.State.Counters.Skipped >= 1);
    }

    [Fact]
    public void Routes_of_origins_without_end_are_forgotten_and_cost_no_memory()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        var routes = new Routes(redundancy: 0, salt: 1);
        List<PeerCursor> peers = [p, q];
        for (var origin = 1UL; origin <= 3 * Routes.MaxOrigins; origin++)
        {
            var route = routes.Of(origin, peers);
            Assert.InRange(route, 0, Routes.MaxOrigins - 1);
            Assert.False(q.Traffic.Lazy.Contains(route)); // another one's
            q.Traffic.Lazy.Add(route);
        }
        Assert.True(q.Traffic.Lazy.Count <= Routes.MaxOrigins);
        Assert.False(routes.TryFind(1, out _));
    }

    [Fact]
    public void What_is_said_of_routes_and_ids_counts_in_the_room_of_a_demand()
    {
        var p = _node.Connect("p", 10);
        for (var i = 0; i < 10; i++) _node.Append($"message {i}");
        for (var i = 0; i < 8; i++) p.Traffic.WantsDue.Add(StateHarness.IdOf($"other {i}"));
        var each = _node.State.Log[0].Body.Length + 8;
        var words = (8 * MessageId.Size) + 8;
        var records = _node.Pull(p, words + (2 * each));
        Assert.Equal(RecordType.Want, records[0].Type);
        Assert.Equal(3, records.Count);
        Assert.InRange(records.Sum(record => record.Size), 1, words + (2 * each));
    }

    [Fact]
    public void Words_that_take_all_room_go_first_and_messages_with_the_next_demand()
    {
        var p = _node.Connect("p", 10);
        _node.Append("message");
        for (var i = 0; i < 100; i++) p.Traffic.WantsDue.Add(StateHarness.IdOf($"other {i}"));
        Assert.Equal(RecordType.Want, Assert.Single(_node.Pull(p, room: 100)).Type);
        Assert.Equal(RecordType.Message, Assert.Single(_node.Pull(p, room: 100)).Type);
    }

    [Fact]
    public void Routes_of_all_origins_are_said_in_one_record_however_small_frames_are()
    {
        var bytes = new byte[Routes.MaxOrigins * sizeof(ulong)];
        new Random(1).NextBytes(bytes);
        Assert.InRange(bytes.Length, 1, RecordReader.MaxControl);
        var record = new LinkRecord(RecordType.Graft, null, bytes);
        var writer = new RecordWriter(sequenceIds: true);
        var reader = new RecordReader(maxMessageSize: FloodSettings.LeastFrame, hash: null);
        var batch = new ReceivedBatch();
        var (frames, isWritten) = (0, false);
        for (; !isWritten; frames++)
        {
            writer.Begin(FloodSettings.LeastFrame);
            isWritten = writer.Write(record);
            var frame = writer.ToFrame(1, frames + 1, default, push: false);
            Assert.InRange(frame.Size, 1, FloodSettings.LeastFrame);
            Assert.Null(reader.Read(frame.Bytes.AsMemory(frame.Start), batch));
        }
        Assert.InRange(frames, bytes.Length / FloodSettings.LeastFrame, 40);
        Assert.Equal(1, batch.Count);
        Assert.Equal(RecordType.Graft, batch.Entries[0].Type);
        Assert.Equal(bytes, batch.Entries[0].Body.ToArray());
    }

    [Fact]
    public void A_route_that_was_forgotten_and_is_another_origins_now_costs_a_question_and_loses_nothing()
    {
        var node = new StateHarness(s => s with { Capacity = 10_000, MaxLag = 10_000_000, SeenMaxCount = 100_000 });
        var (p, q) = (node.Connect("p", 10), node.Connect("q", 11));
        From(node, p, "old", origin: 1);
        for (var origin = 2UL; origin <= Routes.MaxOrigins; origin++) From(node, p, $"m{origin}", origin);
        // The place of one that was there before goes to a new one, of which q wants ids only.
        From(node, p, "new", origin: 1_000_000);
        Prune(q, 1_000_000, node);
        var records = node.Pull(q, int.MaxValue);
        var told = records.Where(record => record.Type == RecordType.Ids).ToList();
        var sent = records.Count(record => record.Type == RecordType.Message);
        node.Advance(Gathered);
        told.AddRange(node.Pull(q).Where(record => record.Type == RecordType.Ids));
        var ids = told.SelectMany(StateHarness.Told).ToHashSet();
        // Another origin's message was told although q had never asked for that.
        Assert.Equal(2, ids.Count);
        Assert.Contains(StateHarness.IdOf("new"), ids);
        Assert.Equal(Routes.MaxOrigins - 1, sent);

        // It is sent when q asks. That makes the new origin's route eager, until q says so again.
        foreach (var record in told) node.Want(q, record);
        Assert.Equal(2, node.Pull(q).Count(record => record.Type == RecordType.Answer));
        From(node, p, "new 2", origin: 1_000_000);
        Assert.Equal(RecordType.Message, Assert.Single(node.Pull(q)).Type);
        Prune(q, 1_000_000, node);
        From(node, p, "new 3", origin: 1_000_000);
        Assert.Empty(node.Pull(q));
    }

    private static void From(StateHarness node, PeerCursor peer, string text, ulong origin)
    {
        var body = System.Text.Encoding.UTF8.GetBytes(text);
        var entry = new LinkEntry(RecordType.Message, StateHarness.IdOf(text), PayloadKind.Text, 1, body)
        {
            Author = new Origin(origin, "someone", ""),
        };
        node.State.Receive(peer, StateHarness.Batch(entry), node.Time);
    }

    [Fact]
    public void Whoever_sends_more_than_may_wait_is_found_out()
    {
        var node = new StateHarness(s => s with { Window = 1024, MaxFrame = 1024 });
        var p = node.Connect("p", 10);
        node.ReceiveControl(p, StateHarness.Ids(RecordType.Ids, "missing"));
        for (var i = 0; i < 10_000 && !node.State.HasOverrun(p); i++) node.Receive(p, $"m{i}");
        Assert.True(node.State.HasOverrun(p));
        Assert.InRange(p.Traffic.Inbox.Weight, 0, 450_000);
    }

    private void Prune(PeerCursor peer, ulong origin, StateHarness? node = null)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, origin);
        (node ?? _node).ReceiveControl(peer, new LinkRecord(RecordType.Prune, null, bytes));
    }

    private List<string> Told(List<LinkRecord> before, TimeSpan after, PeerCursor peer)
    {
        Assert.Empty(before);
        _node.Advance(after);
        var ids = StateHarness.Told(Assert.Single(_node.Pull(peer))).ToHashSet();
        return _node.Data.Where(text => ids.Contains(StateHarness.IdOf(text))).ToList();
    }
}
