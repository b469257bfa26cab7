using Akka.Actor;
using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors;

/// <summary>Peers that are streams of values: admitted here, and links like all others from then on.</summary>
public sealed partial class FloodActor
{
    private readonly PayloadCodec _codec;

    private void OnOpenStream(FloodCommand.OpenStream open)
    {
        var peer = open.Peer;
        var child = Context.ActorOf(StreamPeerActor.Props(Sender, _codec, _settings.MaxMessageSize));
        Context.Watch(child);
        // It has no incarnation: whoever comes back under the id is taken to have lost everything, and tells what it has by sending it.
        var link = new Link(child, RandomId(), target: null)
        {
            Node = new NodeInfo(peer.Id, peer.Address, RandomId(), _self.IdMode, _settings.Window, int.MaxValue, 0),
            Stream = peer,
        };
        var verdict = !_leaving
            ? Admission.OnStream(_self, peer.Id, _links.Values, _settings)
            : Verdict.No(LinkEnd.Leaving, $"{_self.NodeName} is leaving the flood");
        _links.Add(child, link);
        if (verdict.Refuse is { } cause)
        {
            RaiseRefused(peer.Id, cause, verdict.Reason);
            Close(link, cause, verdict.Reason);
            return;
        }
        Open(link, peer.Id);
    }

    private void OnStreamFault(StreamFault fault)
    {
        if (!_links.TryGetValue(Sender, out var link)) return;
        var peer = link.Node!.NodeName;
        if (fault.WasIncoming)
        {
            _state.Counters.InvalidFromPeer++;
            _state.Events.Raise(new MessageRefused(peer, fault.Message, fault.Reason), _state.Log.Next);
        }
        else
        {
            _state.Counters.UnsuitableForPeer++;
            _state.Events.Raise(new MessageNotSent(peer, fault.Message, fault.Reason), _state.Log.Next);
        }
        Pump();
    }
}
