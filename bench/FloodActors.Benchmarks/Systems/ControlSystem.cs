using System.Buffers.Binary;
using Akka.Actor;
using Akka.Serialization;

namespace FloodActors.Benchmarks.Systems;

/// <summary>
/// The limit of what Akka.Remote carries: frames of ready bytes, handed to each receiver as they are, eight under way
/// to each. No log, no seen-set, no forwarding, no resend; a receiver only looks at the number of each message.
/// </summary>
internal sealed class ControlSystem : IMessageSystem
{
    private const int FrameSize = 60_000;
    private const int Header = 4; // messages in the frame
    private const int Window = 8;
    private const int FramesPerAck = 2;

    private readonly ActorSystem _system;
    private readonly IActorRef _actor;
    private readonly int _size;
    private IActorRef[] _receivers = [];
    private SemaphoreSlim[] _windows = [];
    private byte[] _frame = [];
    private int _used = Header;

    public ControlSystem(Setup setup, IReceiver? receiver)
    {
        _system = Remoting.Start("remote",
            $$"""
            akka.actor {
              serializers.control = "{{typeof(ControlSerializer).AssemblyQualifiedName}}"
              serialization-bindings { "{{typeof(ControlMessage).AssemblyQualifiedName}}" = control }
            }
            """);
        _size = setup.Size;
        _actor = _system.ActorOf(
            receiver is null
                ? Props.Create(() => new AckCollector(this))
                : Props.Create(() => new FrameReader(receiver, setup.Size)),
            "control");
        Address = Remoting.AddressOf(_system).ToString();
    }

    public string Address { get; }

    public async Task Join(Setup setup)
    {
        if (setup.Index > 0) return;
        _windows = setup.Addresses.Skip(1).Select(_ => new SemaphoreSlim(Window)).ToArray();
        _receivers = await Task.WhenAll(
            setup.Addresses.Skip(1).Select(address =>
                _system.ActorSelection(address + "/user/control").ResolveOne(TimeSpan.FromSeconds(20))));
    }

    public void Publish(byte[] message)
    {
        if (_frame.Length == 0) _frame = GC.AllocateUninitializedArray<byte>(FrameSize);
        message.CopyTo(_frame.AsSpan(_used));
        _used += _size;
        if (_used + _size > FrameSize) Flush();
    }

    public void Flush()
    {
        if (_used == Header) return;
        BinaryPrimitives.WriteInt32LittleEndian(_frame, (_used - Header) / _size);
        var frame = new ControlMessage(_used == _frame.Length ? _frame : _frame[.._used]);
        (_frame, _used) = ([], Header);
        for (var i = 0; i < _receivers.Length; i++)
        {
            if (!_windows[i].Wait(TimeSpan.FromSeconds(20)))
                throw new TimeoutException($"receiver {i + 1} did not ack for 20 s");
            _receivers[i].Tell(frame, _actor);
        }
    }

    public Task<Dictionary<string, double>> Counters() => Task.FromResult(new Dictionary<string, double>());

    public async ValueTask DisposeAsync() => await _system.Terminate();

    private void OnAck(IActorRef sender)
    {
        for (var i = 0; i < _receivers.Length; i++)
            if (_receivers[i].Equals(sender)) _windows[i].Release(FramesPerAck);
    }

    /// <summary>At the publisher: acks open the windows.</summary>
    private sealed class AckCollector(ControlSystem control) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is ControlMessage) control.OnAck(Sender);
            else Unhandled(message);
        }
    }

    /// <summary>At a receiver: every message of every frame is looked at.</summary>
    private sealed class FrameReader(IReceiver receiver, int size) : UntypedActor
    {
        private static readonly ControlMessage Ack = new([]);
        private int _frames;

        protected override void OnReceive(object message)
        {
            if (message is not ControlMessage { Bytes: var bytes })
            {
                Unhandled(message);
                return;
            }
            var count = BinaryPrimitives.ReadInt32LittleEndian(bytes);
            for (var i = 0; i < count; i++) receiver.OnMessage(bytes.AsSpan(Header + (i * size), size));
            if (++_frames % FramesPerAck == 0) Sender.Tell(Ack);
        }
    }
}

/// <summary>Bytes as they are; none of them: an ack.</summary>
internal sealed class ControlMessage(byte[] bytes)
{
    public byte[] Bytes { get; } = bytes;
}

/// <summary>The bytes, as they are.</summary>
internal sealed class ControlSerializer(ExtendedActorSystem system) : Serializer(system)
{
    public override int Identifier => 7499;

    public override bool IncludeManifest => false;

    public override byte[] ToBinary(object obj) => ((ControlMessage)obj).Bytes;

    public override object FromBinary(byte[] bytes, Type type) => new ControlMessage(bytes);
}
