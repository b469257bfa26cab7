using FloodActors.Core;
using FloodActors.Wire;

namespace FloodActors.Simulation;

/// <summary>A malicious participant that uses the link protocol. See <see cref="ImpostorFault"/>.</summary>
internal sealed class SimImpostor : INetworkEnd
{
    private const long SpeaksEveryMicros = 250_000;

    private readonly SimWorld _world;
    private readonly NodeInfo _self;
    private readonly ulong _session;
    private INetworkEnd? _remote;
    private ulong _remoteSession;

    public SimImpostor(SimWorld world, ImpostorFault fault)
    {
        (_world, Fault) = (world, fault);
        _session = world.Random.NextULong();
        Path = $"{world.Network.AddressOf(fault.Node)}/impostor-{_session:x}";
        var settings = world.Options.Settings;
        var isHonest = fault.Begins > 0;
        _self = new NodeInfo(
            isHonest ? $"x{_session:x}" : SimNode.NameOf(fault.Pretends),
            isHonest ? Path : world.Network.AddressOf(fault.Pretends).Text,
            world.Random.NextULong(), Links.Admission.ModeOf(settings))
        {
            Window = settings.Window,
            MaxFrame = settings.MaxFrame,
            MaxMessageSize = settings.MaxMessageSize,
            PeerTimeoutMs = 600_000,
        };
        world.Oracle.Pretends(_self.Incarnation);
        Speak();
    }

    public ImpostorFault Fault { get; }

    public int Index => Fault.Node;

    public string Path { get; }

    /// <summary>The address that it claims.</summary>
    public string Claims => _self.Address;

    public bool IsGone { get; set; }

    public bool Arrive(LinkMessage message, INetworkEnd from)
    {
        switch (message)
        {
            case Welcome welcome when _remote is null:
                (_remote, _remoteSession) = (from, welcome.OwnSession);
                Send(new Ping(_remoteSession, default));
                if (Fault.Begins > 0) Send(Beginning());
                break;
            case Refused or Bye:
                _remote = null;
                break;
        }
        return true;
    }

    /// <summary>Sends hellos until it is answered, and then pings.</summary>
    private void Speak()
    {
        if (IsGone) return;
        if (_remote is null) _world.Network.Dial(this, Fault.Victim, new Hello(_session, LinkMessage.Version, _self));
        else Send(new Ping(_remoteSession, default));
        _world.Later(SpeaksEveryMicros, Speak);
    }

    private void Send(LinkMessage message) => _world.Network.Send(Index, this, _remote!, message);

    private Frame Beginning()
    {
        var writer = new RecordWriter(sequenceIds: _world.Hash is null);
        writer.Begin(FloodSettings.LeastFrame);
        var message = new FloodMessage(
            new MessageId(_self.Incarnation, 1), PayloadKind.Bytes, new byte[Fault.Begins],
            new Origin(_self.Incarnation, _self.NodeName, ""),
            position: 0, receivedTicks: 0, from: null, hops: 0, decoder: null);
        writer.Write(new LinkRecord(message));
        return writer.ToFrame(_remoteSession, 1, default, push: false);
    }
}
