using FloodActors.Core;
using FloodActors.Tests.Wire;
using FloodActors.Wire;

namespace FloodActors.Tests.Core;

public sealed class ValidationTests
{
    [Fact]
    public void What_is_refused_is_neither_logged_nor_forwarded_and_is_never_asked_about_again()
    {
        var asked = new List<string>();
        var node = Node(text =>
        {
            asked.Add(text);
            return text == "bad" ? FloodVerdict.Reject("it is bad") : FloodVerdict.Accept;
        });
        var (p, q) = (node.Connect("p", 10), node.Connect("q", 11));
        node.Receive(p, "good", "bad", "after");
        node.Receive(q, "bad", "good");
        Assert.Equal(["good", "bad", "after"], asked);
        Assert.Equal(["good", "after"], node.Data);
        Assert.Equal(["after"], node.Send(q));
        Assert.Empty(node.Send(p));
        Assert.Equal(
            new MessageRefused("p", StateHarness.IdOf("bad"), "it is bad") { Topic = EventTopic.Rejected },
            Assert.Single(node.Events.OfType<MessageRefused>()));
        Assert.Equal((1, 2), (node.State.Counters.RejectedFromPeer, node.State.Counters.Duplicates));
        Assert.Equal(1, p.Refusals!.Counts["it is bad"]);
    }

    /// <summary>The ids came first, as over lazy routes, so somebody waits for the message that is refused.</summary>
    [Fact]
    public void What_was_waited_for_and_is_refused_is_not_kept_as_missing()
    {
        var node = Node(_ => FloodVerdict.Reject("no"));
        var (p, q, r) = (node.Connect("p", 10), node.Connect("q", 11), node.Connect("r", 12));
        node.ReceiveControl(p, StateHarness.Ids(RecordType.Ids, "bad"));
        node.ReceiveControl(q, StateHarness.Ids(RecordType.Ids, "bad"));
        Assert.Equal(1, node.State.MissingCount);
        node.Receive(r, "bad");
        Assert.Equal(0, node.State.MissingCount);
        Assert.Equal((0, 0), (p.Traffic.Inbox.Length, q.Traffic.Inbox.Length));
    }

    [Fact]
    public void What_the_seen_set_has_no_room_for_is_refused_for_that_reason_whatever_the_validator_says()
    {
        var node = new StateHarness(s => s with
        {
            MessageId = MessageIdMode.Sequence, SeenMaxOrigins = 16, MaxRejected = 1000,
            Validator = new Asked(_ => FloodVerdict.Reject("no")),
        });
        var peer = node.Connect("p");
        for (ulong origin = 100; origin < 140; origin++)
        {
            node.State.Receive(
                peer,
                StateHarness.Batch(
                    new LinkEntry(RecordType.Message, new MessageId(origin, 1), PayloadKind.Text, 1, new byte[] { 65 })
                    {
                        Author = new Origin(origin, "made up", ""),
                    }),
                node.Time);
        }
        node.Advance(TimeSpan.FromSeconds(2)); // after the first, one event a second for each reason
        var refused = node.Events.OfType<MessageRefused>().ToList();
        Assert.Equal(40, refused.Sum(e => e.Count));
        Assert.Equal(node.State.Counters.RejectedFromPeer, refused.Where(e => e.Reason == "no").Sum(e => e.Count));
        Assert.Equal(
            node.State.Counters.OriginsFull,
            refused.Where(e => e.Reason.Contains("flood.seen.max-origins", StringComparison.Ordinal))
                .Sum(e => e.Count));
        Assert.InRange(node.State.Counters.RejectedFromPeer, 1, 16);
    }

    [Fact]
    public void A_value_that_was_refused_counts_as_seen_when_it_is_appended_here()
    {
        var node = Node(_ => FloodVerdict.Reject("no"));
        node.Receive(node.Connect("p"), "a");
        Assert.False(node.Append("a"));
        Assert.True(node.Append("b"));
    }

    [Fact]
    public void What_is_ignored_is_counted_without_an_event_or_a_strike()
    {
        var node = Node(_ => FloodVerdict.Ignore("too many"), mostRejected: 0);
        var peer = node.Connect("p");
        node.Receive(peer, "a", "b");
        Assert.Empty(node.Data);
        Assert.Equal(2, node.State.Counters.Ignored);
        Assert.Equal(2, peer.Refusals!.Counts["too many"]);
        Assert.Null(peer.Refusals.Offence);
        Assert.Empty(node.Events);
    }

    [Fact]
    public void A_peer_offends_with_one_more_than_it_may_within_a_minute()
    {
        var node = Node(_ => FloodVerdict.Reject("no"), mostRejected: 2);
        var peer = node.Connect("p");
        node.Receive(peer, "a", "b");
        Assert.Null(peer.Refusals!.Offence);
        node.Advance(TimeSpan.FromSeconds(61));
        node.Receive(peer, "c", "d");
        Assert.Null(peer.Refusals.Offence);
        node.Receive(peer, "e");
        Assert.Equal(
            "it sent 3 messages within a minute that the validator rejected (flood.max-rejected = 2), the last of them "
            + "because: no", peer.Refusals.Offence);
    }

    [Fact]
    public void Reasons_that_are_made_up_for_each_message_do_not_fill_memory()
    {
        var number = 0;
        var node = Node(_ => FloodVerdict.Ignore($"reason {number++}"));
        var peer = node.Connect("p");
        for (var i = 0; i < 1000; i++) node.Receive(peer, $"m{i}");
        Assert.Equal(RefusalTally.MaxReasons + 1, peer.Refusals!.Counts.Count);
        Assert.Equal(1000, peer.Refusals.Counts.Values.Sum());
    }

    [Fact]
    public void The_ready_validator_limits_sizes_rates_and_origins()
    {
        var limits = new FloodLimits
        {
            MaxSize = 10,
            PerOriginAndSecond = 2,
            OnlyTheseTopics = true,
            Topics =
            {
                ["config"] = new TopicLimits { Origins = ["control"], MaxSize = 5 },
                ["chat"] = new TopicLimits(),
            },
        };
        FloodVerdict Check(string? topic, string origin, int size = 1, long now = 0) => limits.Check(new FloodCandidate(
            PayloadKind.Bytes, new byte[size],
            topic is null ? default : MessageHeader.Create(default, Subject.Of(topic, "bytes")),
            new Origin(1, origin, ""), "p", 1, now));

        Assert.Equal(FloodVerdict.Reject(FloodLimits.UnknownTopic), Check(null, "a"));
        Assert.Equal(FloodVerdict.Reject(FloodLimits.UnknownTopic), Check("other", "a"));
        Assert.Equal(FloodVerdict.Reject(FloodLimits.WrongOrigin), Check("config", "a"));
        Assert.Equal(FloodVerdict.Reject(FloodLimits.TooLarge), Check("config", "control", 6));
        Assert.Equal(FloodVerdict.Reject(FloodLimits.TooLarge), Check("chat", "a", 11));
        Assert.Equal(FloodVerdict.Accept, Check("config", "control", 5));
        Assert.Equal(FloodVerdict.Accept, Check("chat", "a", 10));
        Assert.Equal(FloodVerdict.Accept, Check("chat", "a"));
        Assert.Equal(FloodVerdict.Ignore(FloodLimits.TooMany), Check("chat", "a"));
        Assert.Equal(FloodVerdict.Accept, Check("chat", "b"));
        Assert.Equal(FloodVerdict.Accept, Check("chat", "a", now: 1000));
        for (var i = 0; i < 3 * FloodLimits.MaxOrigins; i++) Check("chat", $"made up {i}", now: 1000);
        Assert.InRange(limits.OriginsRemembered, 1, FloodLimits.MaxOrigins);
    }

    private static StateHarness Node(Func<string, FloodVerdict> verdict, int mostRejected = 1000) =>
        new(s => s with { Validator = new Asked(verdict), MaxRejected = mostRejected });

    private sealed class Asked(Func<string, FloodVerdict> verdict) : IFloodValidator
    {
        public FloodVerdict Check(in FloodCandidate candidate) =>
            verdict(System.Text.Encoding.UTF8.GetString(candidate.Body.Span));
    }
}
