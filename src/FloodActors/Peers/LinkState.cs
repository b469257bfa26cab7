using FloodActors.Core;
using FloodActors.Wire;

namespace FloodActors.Peers;

/// <summary>What a link does to the world around it. Called from within the link's methods; must not call back into it.</summary>
internal interface ILinkOutput
{
    /// <summary>To the other end. May be lost, repeated or reordered.</summary>
    void Send(LinkMessage message);

    /// <summary>Both ends have spoken: asks the flood whether the link may come up. It answers with <see cref="LinkState.Open"/> or <see cref="LinkState.End"/>.</summary>
    void Admit(NodeInfo peer);

    /// <summary>Records for the flood, in order; answered with <see cref="LinkState.OnTaken"/>.</summary>
    void Deliver(ReceivedBatch batch);

    /// <summary>Asks the flood for so many bytes of records, once; answered with <see cref="LinkState.OnRecords"/> when there are any.</summary>
    void Ask(int room, long acked);

    /// <summary>The peer has taken all up to this position, and there is nothing to ask for.</summary>
    void Acked(long acked);

    /// <summary>The link is over. Nothing else is called afterwards.</summary>
    void Ended(LinkEnd cause, string reason);
}

/// <summary>The records of one frame on their way from a link to the flood. Reused by the link once taken.</summary>
internal sealed class ReceivedBatch : Akka.Actor.INoSerializationVerificationNeeded
{
    public LinkEntry[] Entries = new LinkEntry[4];
    public int Count;
    public long Seq;
    public int Size;
    public bool Push;

    public ReadOnlySpan<LinkEntry> Span => Entries.AsSpan(0, Count);

    public void Add(in LinkEntry entry) => Add() = entry;

    /// <summary>An empty entry more, to be filled in.</summary>
    public ref LinkEntry Add()
    {
        if (Count == Entries.Length) Array.Resize(ref Entries, Count * 2);
        return ref Entries[Count++];
    }

    /// <summary>Takes the last entry back.</summary>
    public LinkEntry TakeLast()
    {
        var last = Entries[--Count];
        Entries[Count] = default;
        return last;
    }

    public void Clear()
    {
        Array.Clear(Entries, 0, Count);
        Count = 0;
    }
}

/// <summary>
/// One end of a link: handshake, sliding window, acknowledgement, resend and keepalive. Pure: messages and the time in, calls to
/// <see cref="ILinkOutput"/> out. Sequence numbers, cumulative acks and go-back-N are those of every textbook; what is particular:
/// <list type="bullet">
/// <item>It holds no queue. It asks the flood for records when its window has room, so bursts wait in the one log and batch by themselves.</item>
/// <item>An ack says what has arrived (need not be sent again) apart from what has been taken (frees the window, moves the cursor).</item>
/// <item>At most <see cref="SmallFrames"/> frames that are not full are under way, so an idle link sends at once and a busy one sends full frames.</item>
/// </list>
/// </summary>
internal sealed partial class LinkState
{
    /// <summary>Frames that are not full, under way at a time.</summary>
    private const int SmallFrames = 8;

    /// <summary>
    /// Of frames that are not full one in so many asks for an acknowledgement, so that the sender never has to wait for one. Others are acknowledged with the
    /// next, or within a tick: an ack costs as much as a message does, and delays the next one.
    /// </summary>
    private const int SmallFramesPerAck = SmallFrames / 2;

    /// <summary>Frames under way at most; a power of two. It bounds the mailbox of the other end.</summary>
    internal const int MaxFrames = 64;

    private readonly FloodSettings _settings;
    private readonly ILinkOutput _output;
    private readonly NodeInfo _self;
    private readonly bool _dialler;
    private Phase _phase;
    private long _lastHeard;
    private long _lastSpoke;
    private long _now;

    /// <param name="settings">Window, frame size and timeouts.</param>
    /// <param name="output">The world.</param>
    /// <param name="session">The link's random number, chosen by the dialler.</param>
    /// <param name="self">What this node says of itself.</param>
    /// <param name="peer">The dialler, at the end that accepts; null at the end that dials.</param>
    /// <param name="records">Whether frames carry records as they are (one process) instead of bytes; decided once the other end is known.</param>
    /// <param name="hash">Computes content ids; null where ids travel with the messages.</param>
    public LinkState(FloodSettings settings, ILinkOutput output, ulong session, NodeInfo self, NodeInfo? peer, bool records, ContentIdHash? hash)
    {
        _settings = settings;
        _output = output;
        Session = session;
        _self = self;
        _dialler = peer is null;
        Peer = peer;
        UseRecords = records;
        _reader = new RecordReader(settings.MaxMessageSize, hash);
        _writer = new RecordWriter(sequenceIds: hash is null);
        _window = Math.Min(settings.Window, peer?.Window ?? settings.Window);
    }

    private enum Phase : byte
    {
        Greeting,
        Admitting,
        Up,
        Ended,
    }

    /// <summary>The link's random number; messages of another session are none of its business.</summary>
    public ulong Session { get; }

    /// <summary>What the other end said of itself, once it did.</summary>
    public NodeInfo? Peer { get; private set; }

    /// <summary>Whether frames carry records instead of bytes.</summary>
    public bool UseRecords { get; set; }

    public bool IsUp => _phase == Phase.Up;

    public long FramesResent { get; private set; }

    /// <summary>Says hello, or welcomes. Repeated by the caller while the link is not up: by backoff when dialling, for each repeated hello when accepting.</summary>
    public void Greet(long now)
    {
        if (_phase != Phase.Greeting) return;
        _now = now;
        if (_lastHeard == 0) _lastHeard = now;
        Send(_dialler ? new Hello(Session, LinkMessage.Version, _self) : new Welcome(Session, _self));
    }

    /// <summary>The flood has no objection: the link is up.</summary>
    public void Open(long now)
    {
        if (_phase != Phase.Admitting) return;
        _now = now;
        _phase = Phase.Up;
        if (_dialler) Send(new Ping(Session, 0, 0));
        AskForMore();
    }

    /// <summary>Ends the link, telling the other end why.</summary>
    public void End(LinkEnd cause, string reason, bool tellPeer = true)
    {
        if (_phase == Phase.Ended) return;
        var refuse = _phase != Phase.Up && !_dialler;
        _phase = Phase.Ended;
        if (tellPeer) _output.Send(refuse ? new Refused(Session, cause, reason) : new Bye(Session, cause, reason));
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
                OnConfirmed(frame.Received, frame.Taken, missing: false);
                OnFrame(frame);
                break;
            case Ack ack:
                OnConfirmed(ack.Received, ack.Taken, ack.Missing);
                break;
            case Ping ping:
                OnConfirmed(ping.Received, ping.Taken, missing: false);
                break;
            case Bye bye:
                End(bye.Cause, bye.Reason, tellPeer: false);
                break;
            case Refused refused:
                End(refused.Cause, refused.Reason, tellPeer: false);
                break;
        }
    }

    /// <summary>Time passes: keepalive, resend, and the end of a link that fell silent.</summary>
    public void Tick(long now)
    {
        if (_phase == Phase.Ended) return;
        _now = now;
        // A dialler waits for its first answer as long as it takes; from then on silence counts.
        if (!(_dialler && _phase == Phase.Greeting) && now - _lastHeard >= _settings.PeerTimeoutMs)
        {
            End(LinkEnd.Timeout, $"nothing heard for {now - _lastHeard} ms (flood.peer-timeout is {_settings.PeerTimeoutMs} ms)");
            return;
        }
        if (_phase != Phase.Up) return;
        ResendIfDue();
        _spare.Tick();
        if (!ConfirmIfDue() && now - _lastSpoke >= _settings.PingIntervalMs) Send(new Ping(Session, _expected - 1, _takenSeq));
    }

    /// <summary>The first words of the other end. Answers whether the link goes on with this message.</summary>
    private bool Greeted(LinkMessage message)
    {
        if (_dialler)
        {
            switch (message)
            {
                case Welcome welcome:
                    Peer = welcome.Node;
                    _window = Math.Min(_settings.Window, welcome.Node.Window);
                    _phase = Phase.Admitting;
                    _output.Admit(welcome.Node);
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
