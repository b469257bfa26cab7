using FloodActors.Core;
using FloodActors.Payloads;
using FloodActors.Wire;

namespace FloodActors.Tests.Core;

/// <summary>Where nearly everything arrives by another way first, ids go before messages.</summary>
public sealed class AnnouncingTests
{
    private readonly StateHarness _node = new(s =>
        s with { AnnounceAbove = 8, Capacity = 10_000, CapacityBytes = 1 << 24, MaxLag = 1 << 24 });

    [Fact]
    public void A_peer_that_sends_mostly_duplicates_is_asked_to_announce_first()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        var texts = Texts(20);
        _node.Receive(p, texts);
        _node.Receive(q, texts);
        _node.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([1], Preference(_node.Pull(q)));
        Assert.Null(Preference(_node.Pull(p)));
        // It is said once.
        _node.Receive(p, Texts(20, "more"));
        _node.Receive(q, texts);
        _node.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(Preference(_node.Pull(q)));
    }

    [Fact]
    public void Few_duplicates_or_as_many_new_messages_are_no_reason()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        _node.Receive(p, Texts(7));
        _node.Receive(q, Texts(7));
        _node.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(Preference(_node.Pull(q)));

        _node.Receive(p, Texts(20, "first"));
        _node.Receive(q, [.. Texts(20, "first"), .. Texts(20, "second")]);
        _node.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(Preference(_node.Pull(q)));
    }

    [Fact]
    public void With_announce_above_0_nobody_is_asked()
    {
        var node = new StateHarness(s => s with { AnnounceAbove = 0 });
        var (p, q) = (node.Connect("p", 10), node.Connect("q", 11));
        node.Receive(p, Texts(20));
        node.Receive(q, Texts(20));
        node.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(Preference(node.Pull(q)));
    }

    [Fact]
    public void A_peer_that_asked_is_told_ids_and_sent_what_it_wants_in_log_order()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        _node.ReceiveControl(q, Prefer(1));
        _node.Receive(p, Texts(10));
        var have = Assert.Single(_node.Pull(q));
        Assert.Equal((RecordType.Have, 160), (have.Type, have.Control.Length));

        _node.Append("later");
        Assert.Empty(_node.Pull(q)); // waits for the answer, so that nothing overtakes what may be wanted
        _node.ReceiveControl(q, new LinkRecord(RecordType.Want, null, new byte[] { 0b0000_1001, 0b10 }));
        var records = _node.Pull(q);
        Assert.Equal(["m0", "m3", "m9"], Sent(records));
        Assert.Equal(RecordType.Have, records[0].Type); // the next question goes with the answer
        Assert.Equal(7, _node.State.Counters.Spared);

        _node.ReceiveControl(q, new LinkRecord(RecordType.Want, null, new byte[] { 1 }));
        Assert.Equal(["later"], Sent(_node.Pull(q)));
    }

    [Fact]
    public void What_the_peer_announced_itself_is_neither_announced_nor_sent_to_it()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        _node.ReceiveControl(q, Prefer(1));
        var announced = new byte[32];
        StateHarness.IdOf("m0").WriteTo(announced);
        StateHarness.IdOf("m1").WriteTo(announced.AsSpan(16));
        _node.ReceiveControl(q, new LinkRecord(RecordType.Have, null, announced));
        Assert.Equal(RecordType.Want, Assert.Single(_node.Pull(q)).Type);
        _node.Receive(p, Texts(3));
        var have = Assert.Single(_node.Pull(q));
        Assert.Equal(StateHarness.IdOf("m2"), MessageId.Read(have.Control.Span));
        Assert.Equal(16, have.Control.Length);
    }

    [Fact]
    public void It_is_sent_messages_at_once_again_when_it_says_so_or_is_far_behind()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        _node.ReceiveControl(q, Prefer(1));
        _node.ReceiveControl(q, Prefer(0));
        _node.Receive(p, Texts(3));
        Assert.Equal(["m0", "m1", "m2"], Sent(_node.Pull(q)));

        _node.ReceiveControl(q, Prefer(1));
        // more than a quarter of max-lag
        var large = Enumerable.Range(0, 6000).Select(i => $"{i}".PadRight(900)).ToArray();
        _node.Receive(p, large);
        Assert.Equal(6000, Sent(_node.Pull(q, 100_000_000)).Count);
    }

    [Fact]
    public void A_node_whose_announced_messages_are_mostly_wanted_or_that_has_little_to_do_asks_for_messages_again()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        Ask(p, q, "a");
        // q becomes the first way: what it announces is not known.
        var ids = new byte[20 * 16];
        for (var i = 0; i < 20; i++) StateHarness.IdOf($"new {i}").WriteTo(ids.AsSpan(i * 16));
        _node.ReceiveControl(q, new LinkRecord(RecordType.Have, null, ids));
        _node.Receive(p, Texts(20, "c"));
        _node.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([0], Preference(_node.Pull(q)));

        Ask(p, q, "b");
        _node.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([0], Preference(_node.Pull(q)));
    }

    [Fact]
    public void A_new_link_begins_without_announcing()
    {
        var (p, q) = (_node.Connect("p", 10), _node.Connect("q", 11));
        Ask(p, q, "a");
        _node.ReceiveControl(q, Prefer(1));
        _node.State.Disconnect(q, keep: true, _node.Time.Now);
        q = _node.Connect("q", 11);
        Assert.False(q.AnnounceFirst || q.AsksForAnnouncements || q.PreferenceDue);
    }

    private void Ask(PeerCursor p, PeerCursor q, string name)
    {
        _node.Receive(p, Texts(20, name));
        _node.Receive(q, Texts(20, name));
        _node.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([1], Preference(_node.Pull(q)));
    }

    private static string[] Texts(int count, string name = "m") =>
        [.. Enumerable.Range(0, count).Select(i => $"{name}{i}")];

    private static LinkRecord Prefer(byte value) => new(RecordType.Prefer, null, new[] { value });

    private static byte[]? Preference(List<LinkRecord> records) =>
        records.Where(r => r.Type == RecordType.Prefer).Select(r => r.Control.ToArray()).SingleOrDefault();

    private static List<string> Sent(List<LinkRecord> records) =>
        [.. records.Where(r => r.Message is not null).Select(r => StateHarness.TextOf(r.Message!))];
}
