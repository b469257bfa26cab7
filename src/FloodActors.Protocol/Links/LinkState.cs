using FloodActors.Core;
using FloodActors.Wire;

namespace FloodActors.Links;

/// <summary>
/// The effects of a link. Called from within the link's methods; must not call back into it.
/// </summary>
internal interface ILinkOutput
{
    /// <summary>Sends to the other end. The message may be lost, repeated or reordered.</summary>
    void Send(LinkMessage message);

    /// <summary>
    /// Both ends have spoken: asks the flood whether the link may come up. It answers with <see cref="LinkState.Open"/>
    /// or <see cref="LinkState.End"/>.
    /// </summary>
    void Admit(NodeInfo peer);

    /// <summary>Records for the flood, in order; answered with <see cref="LinkState.OnTaken"/>.</summary>
    void Deliver(ReceivedBatch batch);

    /// <summary>
    /// Demand: asks the flood once for records of <paramref name="room"/> bytes. Answered with
    /// <see cref="LinkState.OnRecords"/> when there are any.
    /// </summary>
    void Ask(int room, long acked);

    /// <summary>The peer has taken everything up to this position, and there is no demand.</summary>
    void Acked(long acked);

    /// <summary>The dialled address has not answered for a while; the link continues to send hellos.</summary>
    void Silent();

    /// <summary>
    /// Something is to be sent at this time, in milliseconds of the monotonic clock: <see cref="LinkState.Wake"/> is to
    /// be called then. Each call replaces the one before.
    /// </summary>
    void WakeAt(long time);

    /// <summary>A random number, for jitter.</summary>
    ulong Random();

    /// <summary>Creates a batch to fill, when none is left to reuse.</summary>
    ReceivedBatch CreateBatch();

    /// <summary>The link has ended. Nothing else is called afterwards.</summary>
    void Ended(LinkEnd cause, string reason);
}

/// <summary>How one end of a link starts.</summary>
/// <param name="Settings">The node's settings.</param>
/// <param name="Session">The random number of this end.</param>
/// <param name="Self">What this node says about itself.</param>
/// <param name="Hash">Computes content ids; null if ids are sent with the messages.</param>
/// <param name="Memory">Shared by all links of the node.</param>
internal sealed record LinkSetup(
    FloodSettings Settings, ulong Session, NodeInfo Self, ContentIdHash? Hash, ReassemblyBudget Memory)
{
    /// <summary>The dialler, at the end that accepts; null at the end that dials.</summary>
    public NodeInfo? Peer { get; init; }

    /// <summary>The dialler's session, at the end that accepts.</summary>
    public ulong PeerSession { get; init; }

    /// <summary>
    /// How many messages have left the node's log by now, since a hello may be repeated for hours. Called from the
    /// link's thread.
    /// </summary>
    public Func<long>? Dropped { get; init; }
}

/// <summary>
/// One end of a link: handshake, sliding window, acknowledgement, resend and keepalive. Pure: messages and the time go
/// in, calls to <see cref="ILinkOutput"/> come out. Sequence numbers, cumulative acks and go-back-N are textbook
/// techniques; these points are specific to this link:
/// <list type="bullet">
/// <item>It holds no queue. It shows demand for records when its window has room, so bursts wait in the one log and
/// form batches by themselves.</item>
/// <item>An ack distinguishes what has arrived (need not be retransmitted), what has left the window, and what has been
/// taken (moves the cursor).</item>
/// <item>A frame that is not full is sent at once, unless several are unacknowledged and the last one has just been
/// sent: so a link that is not busy sends at once, however long the path is, and a busy one sends full frames.</item>
/// </list>
/// </summary>
internal sealed partial class LinkState : IDisposable
{
    /// <summary>
    /// When this many frames are unacknowledged, records that do not fill a frame are gathered for a while.
    /// </summary>
    private const int SmallFrames = 8;

    /// <summary>The most milliseconds for which they are gathered.</summary>
    private const long GatherMs = 2;

    /// <summary>
    /// While frames follow each other closely, every fourth one that is not full requests an acknowledgement, so that
    /// the next ones need not be gathered. All others are acknowledged together, by frames of the other direction or
    /// within a tick: an ack costs as much as a message.
    /// </summary>
    private const int SmallFramesPerAck = SmallFrames / 2;

    /// <summary>Frames follow each other closely if they are sent within these milliseconds of each other.</summary>
    private const long CloselyMs = 20;

    /// <summary>Frames after which the receiver acknowledges without a request.</summary>
    private const int FramesPerAck = 16;

    /// <summary>A dialled address that has not answered for this long is reported as unreachable.</summary>
    private const long PatienceMs = 2000;

    /// <summary>
    /// How long a message may be unfinished while others wait for room, as a multiple of <c>peer-timeout</c>; one more
    /// for each window of its size.
    /// </summary>
    internal const int UnfinishedTimeouts = 6;

    /// <summary>
    /// A frame that was sent this often, over twice <c>peer-timeout</c> without any frame getting through, will never
    /// get through.
    /// </summary>
    internal const int HopelessSends = 9;

    /// <summary>The most full frames in flight: on a slow link, tiny ones must not delay each other.</summary>
    private const int FullFrames = 64;

    /// <summary>The most frames in flight; a power of two. It bounds the mailbox of the other end.</summary>
    internal const int MaxFrames = 256;

    private readonly LinkSetup _setup;
    private readonly FloodSettings _settings;
    private readonly ILinkOutput _output;
    private Phase _phase;
    private ulong _peerSession; // the session of the other end; 0 while it is not known
    private int _frameLimit;
    private long _pingIntervalMs;
    private int _greetings;
    private long _droppedTold; // in the first greeting
    private long _droppedToldLast; // in the last one
    private long _started;
    private long _nextGreeting;
    private bool _saidSilent;
    private long _lastHeard;
    private long _lastSpoke;
    private long _now;

    public LinkState(LinkSetup setup, ILinkOutput output)
    {
        _setup = setup;
        _settings = setup.Settings;
        _output = output;
        Peer = setup.Peer;
        _peerSession = setup.PeerSession;
        _reader = new RecordReader(_settings.MaxMessageSize, setup.Hash);
        _writer = new RecordWriter(sequenceIds: setup.Hash is null);
        _spare = new SpareBatches(output.CreateBatch);
        if (setup.Peer is { } peer) Negotiate(peer);
    }

    private enum Phase : byte
    {
        Greeting,
        Admitting,
        Up,
        Ended,
    }

    /// <summary>The random number of this end. It ignores messages of other sessions.</summary>
    public ulong Session => _setup.Session;

    /// <summary>What the other end said about itself; null until it has greeted.</summary>
    public NodeInfo? Peer { get; private set; }

    /// <summary>Whether frames carry records instead of bytes.</summary>
    public bool UseRecords { get; set; }

    public bool IsUp => _phase == Phase.Up;

    private bool IsDialler => _setup.Peer is null;

    public long FramesResent { get; private set; }

    /// <summary>
    /// Sends a hello, repeated with the redial back-off until it is answered; or a welcome, repeated for each repeated
    /// hello.
    /// </summary>
    public void Greet(long now)
    {
        if (_phase != Phase.Greeting) return;
        _now = now;
        if (_greetings == 0) _started = _lastHeard = now;
        _nextGreeting = now + _settings.RedialWaitMs(_greetings++, _output.Random());
        var self = _setup.Dropped is { } dropped ? _setup.Self with { Dropped = dropped() } : _setup.Self;
        if (_greetings == 1) _droppedTold = self.Dropped;
        _droppedToldLast = self.Dropped;
        Send(IsDialler ? new Hello(Session, LinkMessage.Version, self) : new Welcome(_peerSession, Session, self));
    }

    /// <summary>The flood has no objection: the link is up.</summary>
    public void Open(long now)
    {
        if (_phase != Phase.Admitting) return;
        _now = now;
        _phase = Phase.Up;
        if (IsDialler) Send(new Ping(_peerSession, default));
        AskForMore();
    }

    /// <summary>Ends the link, telling the other end why.</summary>
    public void End(LinkEnd cause, string reason, bool tellPeer = true)
    {
        if (_phase == Phase.Ended) return;
        var refuse = _phase != Phase.Up && !IsDialler;
        _phase = Phase.Ended;
        ReleaseReserved();
        if (tellPeer && _peerSession != 0)
            _output.Send(refuse ? new Refused(_peerSession, cause, reason) : new Bye(_peerSession, cause, reason));
        _output.Ended(cause, reason);
    }

    /// <summary>Takes a message from the other end.</summary>
    public void On(LinkMessage message, long now)
    {
        if (_phase == Phase.Ended) return;
        _now = now;
        if (message is Malformed malformed)
        {
            End(LinkEnd.ProtocolError, malformed.Reason);
            return;
        }
        if (message.Session != Session) return;
        _lastHeard = now;
        if (_phase == Phase.Greeting && !Greeted(message)) return;
        switch (message)
        {
            case Frame frame:
                OnConfirmed(frame.Confirmed, AckReason.Due);
                OnFrame(frame);
                break;
            case Ack ack:
                OnConfirmed(ack.Confirmed, ack.Reason);
                break;
            case Ping ping:
                OnConfirmed(ping.Confirmed, AckReason.Due);
                break;
            case Bye bye:
                End(bye.Cause, bye.Reason, tellPeer: false);
                break;
            case Refused refused:
                End(refused.Cause, refused.Reason, tellPeer: false);
                break;
        }
    }

    /// <summary>The time given to <see cref="ILinkOutput.WakeAt"/> has come.</summary>
    public void Wake(long now)
    {
        if (_phase != Phase.Up) return;
        _now = now;
        Flush();
        AskForMore();
    }

    /// <summary>Time passes: keepalive, resend, and the end of a link that fell silent.</summary>
    public void Tick(long now)
    {
        if (_phase == Phase.Ended) return;
        _now = now;
        if (Peer is null && now >= _nextGreeting) Greet(now);
        if (Peer is null && !_saidSilent && now - _started >= PatienceMs)
        {
            _saidSilent = true;
            _output.Silent();
        }
        // A dialler waits for its first answer without limit. After that, silence ends the link.
        if (!(IsDialler && _phase == Phase.Greeting) && now - _lastHeard >= _settings.PeerTimeoutMs)
        {
            End(
                LinkEnd.Timeout,
                $"nothing heard for {now - _lastHeard} ms (flood.peer-timeout is {_settings.PeerTimeoutMs} ms)");
            return;
        }
        if (_phase != Phase.Up) return;
        _spare.Tick();
        if (IsHoggingMemory())
        {
            End(
                LinkEnd.Unfinished,
                $"a message of {_reserved} bytes stayed unfinished while others waited for room "
                + "(flood.reassembly-bytes)");
            return;
        }
        if (!ResendIfDue()) return;
        if (!ConfirmIfDue() && now - _lastSpoke >= _pingIntervalMs)
            Send(new Ping(_peerSession, SayConfirmed()));
    }

    /// <summary>
    /// Called when the link's driver is gone, for whatever reason: returns its share of the memory that all links
    /// share.
    /// </summary>
    public void Dispose()
    {
        _phase = Phase.Ended;
        ReleaseReserved();
    }

    /// <summary>
    /// The smaller limit of the two ends counts, so that any two nodes can link, whatever their settings are.
    /// </summary>
    private void Negotiate(NodeInfo peer)
    {
        _window = Math.Min(_setup.Self.Window, peer.Window);
        _frameLimit = Math.Min(_window, Math.Min(_setup.Self.MaxFrame, peer.MaxFrame));
        _window = (int)Math.Min(_window, (long)FullFrames * _frameLimit);
        _pingIntervalMs = Math.Min(_settings.PingIntervalMs, Math.Max(1, peer.PeerTimeoutMs / 3));
    }

    /// <summary>
    /// The first message of the other end. Returns whether the link is to process the message further.
    /// </summary>
    private bool Greeted(LinkMessage message)
    {
        if (IsDialler)
        {
            switch (message)
            {
                case Welcome welcome:
                    // It must be one of the numbers that the other end was told.
                    var heard = Math.Clamp(welcome.Node.DroppedHeard, _droppedTold, _droppedToldLast);
                    Peer = welcome.Node with { DroppedHeard = heard };
                    _peerSession = welcome.OwnSession;
                    Negotiate(Peer);
                    _phase = Phase.Admitting;
                    _output.Admit(Peer);
                    return false;
                case Refused refused:
                    End(refused.Cause, refused.Reason, tellPeer: false);
                    return false;
                default:
                    return message is Bye;
            }
        }
        if (message is not (Ping or Frame or Ack)) return message is Bye;
        _phase = Phase.Admitting;
        _output.Admit(Peer!);
        return _phase != Phase.Ended;
    }

    private void Send(LinkMessage message)
    {
        _lastSpoke = _now;
        _output.Send(message);
    }
}
