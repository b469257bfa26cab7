using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Tests.Wire;
using FloodActors.Payloads;
using FloodActors.Wire;

namespace FloodActors.Tests.Peers;

/// <summary>
/// The accepting end of a link whose other end does not keep to the protocol, while the flood is busy and takes
/// nothing.
/// </summary>
public sealed class HostileLinkTests : ILinkOutput
{
    private static readonly PayloadCodec Payloads = new(new PayloadOptions(ContentHash.XxHash128, 4 << 20, 64, []));

    private readonly FloodSettings _settings = new();
    private readonly LinkState _link;
    private readonly List<ReceivedBatch> _untaken = [];
    private readonly List<LinkMessage> _sent = [];
    private (LinkEnd Cause, string Reason)? _ended;

    public HostileLinkTests()
    {
        var setup = new LinkSetup(
            _settings, LinkSamples.Session, LinkSamples.Node, Payloads.ContentId,
            new ReassemblyBudget(_settings.ReassemblyBytes))
        {
            Peer = LinkSamples.Node with { NodeName = "hostile" },
            PeerSession = 99,
        };
        _link = new LinkState(setup, this);
        _link.Greet(1);
        _link.On(new Ping(LinkSamples.Session, default), 2);
        _link.Open(3);
        Assert.True(_link.IsUp);
    }

    [Fact]
    public void Sending_more_than_the_window_ends_the_link_before_memory_is_spent()
    {
        for (var seq = 1; _ended is null && seq < 1000; seq++) _link.On(Frame(seq, new byte[50_000]), 4);
        Assert.Equal(LinkEnd.ProtocolError, _ended?.Cause);
        Assert.Contains("flood.window", _ended?.Reason, StringComparison.Ordinal);
        Assert.InRange(_untaken.Sum(b => b.Size), _settings.Window, _settings.Window + _settings.MaxFrame);
    }

    [Fact]
    public void A_peer_that_lives_and_takes_nothing_is_not_sent_its_window_again_and_again()
    {
        var records = Enumerable.Range(0, 200)
            .Select(i => new LinkRecord(LinkSamples.Message(new byte[5000], new MessageId(7, (ulong)i)))).ToArray();
        _link.OnRecords(records, records.Length, 4);
        var window = _sent.OfType<Frame>().Sum(frame => frame.Size);
        Assert.InRange(window, _settings.Window / 2, _settings.Window);
        // It shows signs of life until the link gives it up.
        for (long now = 250; _ended is null && now < 120_000; now += 250)
        {
            _link.On(new Ping(LinkSamples.Session, default), now);
            _link.Tick(now);
        }
        Assert.Equal(LinkEnd.FrameLost, _ended?.Cause);
        Assert.InRange(_sent.OfType<Frame>().Sum(frame => frame.Size), window, window + (8 * _settings.MaxFrame));
    }

    [Fact]
    public void What_was_lost_is_sent_again_as_fast_as_it_gets_through_when_the_peer_is_there_again()
    {
        var records = Enumerable.Range(0, 200)
            .Select(i => new LinkRecord(LinkSamples.Message(new byte[5000], new MessageId(7, (ulong)i)))).ToArray();
        _link.OnRecords(records, records.Length, 4);
        var frames = _sent.OfType<Frame>().Count();
        _sent.Clear();
        _link.Tick(4 + _settings.ResendTimeoutMs);
        Assert.Equal(1, Assert.Single(_sent.OfType<Frame>()).Seq);
        List<int> rounds = [];
        for (var arrived = 1L; arrived < frames; arrived = _sent.OfType<Frame>().Last().Seq)
        {
            var before = _sent.Count;
            var confirmed = new Confirmed(arrived, 0, 0);
            _link.On(new Ack(LinkSamples.Session, confirmed, AckReason.Due), 5 + _settings.ResendTimeoutMs);
            rounds.Add(_sent.Count - before);
        }
        Assert.Equal([1, 2, 4], rounds.Take(3));
        Assert.Equal(
            Enumerable.Range(1, frames).Select(i => (long)i),
            _sent.OfType<Frame>().Select(frame => frame.Seq));
    }

    [Fact]
    public void What_was_not_lost_is_not_sent_again()
    {
        var records = Enumerable.Range(0, 200)
            .Select(i => new LinkRecord(LinkSamples.Message(new byte[5000], new MessageId(7, (ulong)i)))).ToArray();
        _link.OnRecords(records, records.Length, 4);
        _sent.Clear();
        _link.On(new Ack(LinkSamples.Session, new Confirmed(1, 0, 0), AckReason.Missing), 5);
        Assert.Equal([2], _sent.OfType<Frame>().Select(frame => frame.Seq));
        // Frame 2 was only late, and so were those behind it.
        _link.On(new Ack(LinkSamples.Session, new Confirmed(4, 0, 0), AckReason.Due), 6);
        Assert.Equal([2], _sent.OfType<Frame>().Select(frame => frame.Seq));
    }

    [Theory]
    [InlineData(0, 100), InlineData(105, 105), InlineData(long.MaxValue, 110)]
    public void A_peer_that_was_dialled_heard_only_what_it_was_told(long claimed, long believed)
    {
        var dropped = 100L;
        var setup = new LinkSetup(
            _settings, 5, LinkSamples.Node, Payloads.ContentId, new ReassemblyBudget(_settings.ReassemblyBytes))
        {
            Dropped = () => dropped,
        };
        var link = new LinkState(setup, this);
        link.Greet(1);
        dropped = 110;
        link.Greet(1000);
        link.On(new Welcome(5, 6, LinkSamples.Node with { DroppedHeard = claimed }), 1001);
        Assert.Equal(believed, link.Peer?.DroppedHeard);
    }

    [Fact]
    public void Tiny_records_wait_in_bounds_and_go_on_when_the_flood_has_taken_some()
    {
        // Messages without content: four bytes each, of an origin that was named before.
        byte[] first = [(byte)PayloadKind.Bytes, 1, 0, 0, 0, 0, 0, 0, 0, 0, 9, 1, (byte)'x', 0, 0];
        byte[] tiny = [(byte)PayloadKind.Bytes, 1, 1, 0];
        var records = Enumerable.Repeat(tiny, 12_000).SelectMany(record => record).ToArray();
        _link.On(Raw(1, first), 4);
        for (var seq = 2; seq <= 9; seq++) _link.On(Raw(seq, records), 4);
        Assert.Null(_ended);
        Assert.InRange(
            _untaken.Sum(batch => batch.Count), LinkState.MaxUntakenRecords, LinkState.MaxUntakenRecords + 12_000);

        var arrived = _untaken.Count;
        foreach (var batch in _untaken.ToList()) _link.OnTaken(batch, 5);
        var again = Assert.Single(_sent.OfType<Ack>(), ack => ack.Reason == AckReason.Missing);
        Assert.Equal(arrived, again.Confirmed.Received);
        _untaken.Clear();
        for (var seq = arrived + 1; seq <= 9; seq++)
        {
            _link.On(Raw(seq, records), 6);
            var batch = Assert.Single(_untaken);
            Assert.Equal(12_000, batch.Count);
            _untaken.Clear();
            _link.OnTaken(batch, 6);
        }
    }

    [Fact]
    public void Frames_without_end_and_without_content_end_the_link_too()
    {
        for (var seq = 1; _ended is null && seq < 100_000; seq++)
            _link.On(
                LinkCodec.DecodeFrame(
                    LinkCodec.EncodeFrame([], LinkSamples.Session, seq, default, push: true, opens: 0).Bytes!),
                4);
        Assert.Equal(LinkEnd.ProtocolError, _ended?.Cause);
        Assert.Equal(LinkState.MaxFrames, _untaken.Count);
    }

    [Fact]
    public void Frames_out_of_order_are_not_kept_and_asked_for_once_in_a_tick()
    {
        for (var seq = 2; seq < 10_000; seq++) _link.On(Frame(seq, new byte[100]), 4);
        Assert.Null(_ended);
        Assert.Empty(_untaken);
        Assert.Equal(AckReason.Missing, Assert.Single(_sent.OfType<Ack>()).Reason);
    }

    [Fact]
    public void A_frame_that_comes_again_is_confirmed_and_not_taken_again()
    {
        for (var i = 0; i < 10; i++) _link.On(Frame(1, new byte[100]), 4);
        Assert.Single(_untaken);
        Assert.Equal(9, _sent.OfType<Ack>().Count(ack => ack.Confirmed.Received == 1));
    }

    [Theory]
    [InlineData(1, 0), InlineData(long.MaxValue, 0), InlineData(0, 1), InlineData(long.MaxValue, long.MaxValue)]
    public void Confirming_what_was_never_sent_ends_the_link_whatever_says_so(long received, long taken)
    {
        foreach (var message in new LinkMessage[]
        {
            new Ack(LinkSamples.Session, new Confirmed(received, taken, taken), AckReason.Missing),
            new Ping(LinkSamples.Session, new Confirmed(received, taken, taken)),
            LinkCodec.DecodeFrame(
                LinkCodec.EncodeFrame(
                    [], LinkSamples.Session, 1, new Confirmed(received, taken, taken),
                    push: true, opens: 0).Bytes!),
        })
        {
            var test = new HostileLinkTests();
            test._link.On(message, 4);
            Assert.Equal(LinkEnd.ProtocolError, test._ended?.Cause);
            Assert.Equal(LinkEnd.ProtocolError, Assert.Single(test._sent.OfType<Bye>()).Cause);
        }
    }

    [Fact]
    public void Asking_again_and_again_for_the_same_frames_does_not_make_us_send_them_again_and_again()
    {
        _link.OnRecords([new LinkRecord(LinkSamples.Message(new byte[50_000]))], 1, 4);
        for (var i = 0; i < 1000; i++) _link.On(new Ack(LinkSamples.Session, default, AckReason.Missing), 5);
        Assert.InRange(_sent.OfType<Frame>().Count(), 1, 2);
    }

    private static LinkMessage Raw(long seq, byte[] records) => LinkCodec.DecodeFrame(
        LinkCodec.EncodeFrame(records, LinkSamples.Session, seq, default, push: true, opens: 0).Bytes!);

    private static LinkMessage Frame(long seq, byte[] body) => LinkCodec.DecodeFrame(
        LinkCodec.EncodeFrame(
            new RecordWriter(sequenceIds: false).Frames([new LinkRecord(LinkSamples.Message(body))]).Single()
                .Records().Span,
            LinkSamples.Session, seq, default, push: true, opens: 0).Bytes!);

    void ILinkOutput.Send(LinkMessage message) => _sent.Add(message);

    void ILinkOutput.Admit(NodeInfo peer)
    {
    }

    void ILinkOutput.Deliver(ReceivedBatch batch) => _untaken.Add(batch);

    void ILinkOutput.Ask(int room, long acked)
    {
    }

    void ILinkOutput.Acked(long acked)
    {
    }

    void ILinkOutput.Silent()
    {
    }

    void ILinkOutput.WakeAt(long time)
    {
    }

    ulong ILinkOutput.Random() => 0;

    ReceivedBatch ILinkOutput.CreateBatch() => new();

    void ILinkOutput.Ended(LinkEnd cause, string reason) => _ended = (cause, reason);
}
