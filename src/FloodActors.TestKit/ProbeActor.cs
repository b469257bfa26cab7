using Akka.Actor;
using FloodActors.Actors;
using FloodActors.Links;
using FloodActors.Payloads;
using FloodActors.Wire;

namespace FloodActors.TestKit;

/// <summary>What a probe's actor tells its test probe.</summary>
internal abstract record ProbeEvent;

internal sealed record ProbeLinked(string Peer) : ProbeEvent;

internal sealed record ProbeGot(FloodMessage Message) : ProbeEvent
{
    /// <summary>The payload first: a failed expectation prints it.</summary>
    public override string ToString() => Message.Kind switch
    {
        _ when Message.IsRemoval => $"the removal of '{Message.Key}' in the topic '{Message.Topic}'",
        _ when Message.HasTopic => $"{Body} in the topic '{Message.Topic}'"
            + (Message.Key is { } key ? $" with the key '{key}'" : ""),
        _ => Body,
    };

    private string Body => Message.Kind switch
    {
        PayloadKind.Text => $"the text \"{Message.AsText()}\"",
        PayloadKind.Json => $"the JSON {Message.AsText()}",
        _ => Message.ToString(),
    };
}

internal sealed record ProbeUnlinked(LinkEnd Cause, string Reason) : ProbeEvent;

/// <summary>What a test tells a probe's actor.</summary>
internal abstract record ProbeCommand
{
    public sealed record Dial(IActorRef Flood) : ProbeCommand;

    public sealed record Send(FloodPayload Payload) : ProbeCommand;

    public sealed record Silence(bool On) : ProbeCommand;

    public sealed record HoldAcks(bool On) : ProbeCommand;

    public sealed record HangUp : ProbeCommand;
}

/// <summary>The far end of a link: the library's own link protocol, with a test in place of a flood.</summary>
internal sealed class ProbeActor : UntypedActor, IWithTimers, ILinkOutput
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly FloodSettings _settings;
    private readonly IActorRef _probe;
    private readonly PayloadCodec _codec;
    private readonly ContentIdHash? _hash;
    private readonly ulong _incarnation;
    private readonly Queue<LinkRecord> _toSend = new();
    private readonly Dictionary<(string Topic, string Key), long> _versions = [];
    private readonly Queue<ReceivedBatch> _untaken = new();
    private readonly ReassemblyBudget _memory;
    private readonly Origin _origin;
    private LinkState? _link;
    private IActorRef? _remote;
    private ulong _sessions;
    private ulong _helloSession;
    private ulong _numbers;
    private long _position;
    private bool _asked;
    private bool _silent;
    private bool _holdsAcks;

    public ProbeActor(FloodSettings settings, IActorRef probe, ulong incarnation)
    {
        _settings = settings;
        _probe = probe;
        _incarnation = incarnation;
        _sessions = incarnation * 31;
        _codec = new PayloadCodec(PayloadOptions.Of(settings));
        _hash = ContentIds.Of(settings);
        _memory = new ReassemblyBudget(settings.ReassemblyBytes);
        _origin = new Origin(incarnation, Self.Path.Name, "");
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private long Now => (long)Context.System.Scheduler.MonotonicClock.TotalMilliseconds;

    protected override void PreStart() => Timers.StartPeriodicTimer(Tick, Ticked.Instance, Tick);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LinkLetter when _silent: break;
            case LinkLetter { Message: Hello hello }: OnHello(hello); break;
            case LinkLetter letter: OnLink(letter.Message); break;
            case NodeInfo: _link?.Open(Now); break;
            case ProbeBatch batch: OnBatch(batch); break;
            case Ticked: if (!_silent) _link?.Tick(Now); break;
            case Gathered: _link?.Wake(Now); break;
            case ProbeCommand.Dial dial: OnDial(dial.Flood); break;
            case ProbeCommand.Send send: OnSend(send.Payload); break;
            case ProbeCommand.Silence silence: _silent = silence.On; break;
            case ProbeCommand.HoldAcks hold: OnHoldAcks(hold.On); break;
            case ProbeCommand.HangUp: _link?.End(LinkEnd.Disconnected, "the probe hung up"); break;
            case More: Feed(); break;
            default: Unhandled(message); break;
        }
    }

    private NodeInfo Info => new(
        Self.Path.Name, Self.Path.ToStringWithAddress(((ExtendedActorSystem)Context.System).Provider.DefaultAddress),
        _incarnation, Admission.ModeOf(_settings))
    {
        Window = _settings.Window,
        MaxFrame = _settings.MaxFrame,
        MaxMessageSize = _settings.MaxMessageSize,
        PeerTimeoutMs = (int)_settings.PeerTimeout.TotalMilliseconds,
    };

    private void OnDial(IActorRef flood)
    {
        _remote = flood;
        Start(new LinkSetup(_settings, ++_sessions, Info, _hash, _memory));
    }

    private void OnHello(Hello hello)
    {
        if (_link is not null && _helloSession == hello.Session)
        {
            _link.Greet(Now);
            return;
        }
        _remote = Sender;
        _helloSession = hello.Session;
        Start(new LinkSetup(
            _settings, ++_sessions, Info, _hash, _memory) { Peer = hello.Node, PeerSession = hello.Session });
    }

    private void Start(LinkSetup setup)
    {
        (_asked, _position) = (false, 0);
        _untaken.Clear();
        _link?.Dispose();
        _link = new LinkState(setup, this);
        _link.Greet(Now);
    }

    private void OnLink(LinkMessage message)
    {
        if (_link is null) return;
        if (message is Welcome && message.Session == _link.Session) _remote = Sender;
        _link.On(message, Now);
    }

    private void OnBatch(ProbeBatch batch)
    {
        foreach (var entry in batch.Span)
        {
            switch (entry.Type)
            {
                case RecordType.Message or RecordType.Answer or RecordType.Keyed:
                    OnReceived(entry);
                    break;
                case RecordType.Ids or RecordType.Offer:
                    // It wants everything.
                    var wanted = new byte[entry.IdCount * MessageId.Size];
                    for (var i = 0; i < entry.IdCount; i++)
                        entry.IdAt(i, out _).WriteTo(wanted.AsSpan(i * MessageId.Size));
                    _toSend.Enqueue(new LinkRecord(RecordType.Want, null, wanted));
                    break;
            }
        }
        if (_holdsAcks) _untaken.Enqueue(batch);
        else _link?.OnTaken(batch, Now);
        Feed();
    }

    private void OnReceived(in LinkEntry entry)
    {
        var message = new FloodMessage(
            entry.Id, entry.Kind, entry.Body.ToArray(), entry.Author, 0, DateTime.UnixEpoch.Ticks,
            _link?.Peer?.NodeName, entry.Hops, _codec)
        {
            Header = entry.Header.IsEmpty ? null : entry.Header.ToArray(),
        };
        if (message.HasKey)
            _versions[(message.Topic!, message.Key!)] = MessageHeader.VersionOf(message.Header, out _);
        _probe.Tell(new ProbeGot(message));
    }

    private void OnSend(FloodPayload payload)
    {
        if (!_codec.TryEncode(payload, out var encoded, out var rejection))
            throw new ArgumentException(rejection.Message, nameof(payload));
        var header = payload.Subject is { } subject ? MessageHeader.Create(default, subject) : null;
        if (header is not null) MessageHeader.Stamp(header, Context.System.Scheduler.Now.UtcTicks);
        var message = new FloodMessage(
            IdOf(encoded, header), encoded.Kind, encoded.Body, _origin, 0, DateTime.UnixEpoch.Ticks, null, 0, _codec)
        {
            Header = header,
        };
        _toSend.Enqueue(new LinkRecord(message));
        Feed();
    }

    private MessageId IdOf(EncodedPayload encoded, byte[]? header)
    {
        if (header is not null && !MessageHeader.KeyOf(header).IsEmpty)
            return new MessageId(_incarnation, (ulong)NextVersion(header));
        return _hash is null
            ? new MessageId(_incarnation, ++_numbers)
            : ContentIds.Of(_hash, encoded.Kind, header, encoded.Body.Span);
    }

    /// <summary>What the probe sends comes after all that it has been given of the key.</summary>
    private long NextVersion(byte[] header)
    {
        var key = (Utf8(MessageHeader.TopicOf(header)), Utf8(MessageHeader.KeyOf(header)));
        var clock = (Context.System.Scheduler.Now.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        var version = Math.Max(clock, _versions.GetValueOrDefault(key) + 1);
        MessageHeader.SetVersion(header, _versions[key] = version);
        return version;
    }

    private static string Utf8(ReadOnlySpan<byte> text) => System.Text.Encoding.UTF8.GetString(text);

    private void OnHoldAcks(bool on)
    {
        _holdsAcks = on;
        while (!on && _untaken.TryDequeue(out var batch)) _link?.OnTaken(batch, Now);
    }

    private void Feed()
    {
        if (!_asked || _link is not { IsUp: true } || _toSend.Count == 0) return;
        _asked = false;
        var records = _toSend.ToArray();
        _toSend.Clear();
        _position += records.Length;
        _link.OnRecords(records, _position, Now);
    }

    void ILinkOutput.Send(LinkMessage message)
    {
        if (!_silent) _remote?.Tell(new LinkLetter(message), Self);
    }

    void ILinkOutput.Admit(NodeInfo peer)
    {
        _probe.Tell(new ProbeLinked(peer.NodeName));
        Self.Tell(peer);
    }

    void ILinkOutput.Deliver(ReceivedBatch batch) => Self.Tell(batch);

    void ILinkOutput.Ask(int room, long acked)
    {
        _asked = true;
        Self.Tell(More.Instance);
    }

    void ILinkOutput.Acked(long acked)
    {
    }

    void ILinkOutput.Silent()
    {
    }

    void ILinkOutput.WakeAt(long time) => Timers.StartSingleTimer(
        Gathered.Instance, Gathered.Instance, TimeSpan.FromMilliseconds(Math.Max(1, time - Now)));

    ulong ILinkOutput.Random() => _incarnation;

    ReceivedBatch ILinkOutput.CreateBatch() => new ProbeBatch();

    void ILinkOutput.Ended(LinkEnd cause, string reason)
    {
        _link?.Dispose();
        _link = null;
        _probe.Tell(new ProbeUnlinked(cause, reason));
    }

    private sealed class ProbeBatch : ReceivedBatch, INoSerializationVerificationNeeded;

    private sealed record Gathered : INoSerializationVerificationNeeded
    {
        public static Gathered Instance { get; } = new();
    }

    private sealed record Ticked : INoSerializationVerificationNeeded
    {
        public static Ticked Instance { get; } = new();
    }

    private sealed record More : INoSerializationVerificationNeeded
    {
        public static More Instance { get; } = new();
    }
}
