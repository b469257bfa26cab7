using Akka.Event;
using Akka.Remote.Transport;

namespace FloodActors.Remoting;

/// <summary>
/// How many connections others may have with this system at a time. Akka has no limit, and each costs a file
/// descriptor, buffers and actors, whether its other side introduces itself or not. When there are too many, the
/// one that has been silent for longest is ended: a real peer introduces itself at once.
/// </summary>
/// <param name="most">The most connections; 0: any number.</param>
/// <param name="log">Gets a line about the first that is ended, and again after there has been room.</param>
internal sealed class InboundLimit(int most, ILoggingAdapter log)
{
    private readonly Lock _gate = new();

    /// <summary>Those that have not introduced themselves, the oldest first.</summary>
    private readonly LinkedList<Place> _silent = [];

    private int _count;
    private bool _told;

    public bool IsSet => most > 0;

    /// <summary>Connections that count.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _count;
        }
    }

    /// <summary>Admits a connection; null when it is ended instead.</summary>
    public Place? TryEnter(AssociationHandle handle)
    {
        var place = new Place(this, handle);
        Place? ended = null;
        bool tell;
        lock (_gate)
        {
            if (IsSet && _count >= most)
            {
                ended = _silent.First?.Value ?? place;
                if (ended != place) Remove(ended);
            }
            if (ended != place)
            {
                _count++;
                place.InSilent = _silent.AddLast(place);
            }
            tell = ended is not null && !_told;
            _told |= tell;
        }
        if (ended is null) return place;
        var why = $"{most} connections are open (akka.remote.dot-netty.tcp.flood.max-connections)";
        if (tell) log.Warning("Ended a connection with {0}: {1}. Logged once.", ended.Handle.RemoteAddress, why);
        ended.Handle.Disassociate(why, log);
        return ended == place ? null : place;
    }

    private void Introduced(Place place)
    {
        lock (_gate) Speaks(place);
    }

    private void Leave(Place place)
    {
        lock (_gate)
        {
            Remove(place);
            if (_count < most / 2) _told = false;
        }
    }

    private void Speaks(Place place)
    {
        if (place.InSilent is { } node) _silent.Remove(node);
        place.InSilent = null;
    }

    private void Remove(Place place)
    {
        Speaks(place);
        if (place.IsOver) return;
        place.IsOver = true;
        _count--;
    }

    /// <summary>One connection's.</summary>
    internal sealed class Place(InboundLimit limit, AssociationHandle handle)
    {
        public AssociationHandle Handle => handle;

        public LinkedListNode<Place>? InSilent { get; set; }

        public bool IsOver { get; set; }

        /// <summary>The other side has introduced itself.</summary>
        public void Introduced() => limit.Introduced(this);

        /// <summary>The connection has ended.</summary>
        public void Leave() => limit.Leave(this);
    }
}
