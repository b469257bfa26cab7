using Akka.Actor;

namespace FloodActors.Remoting;

/// <summary>
/// Which system uses which address on the connections of this system. Akka believes the system that introduces itself
/// last, and quarantines the system that used the address before until that one is restarted; so a stranger could cut
/// off any peer. Here an address stays with the system that was heard under it.
/// </summary>
/// <param name="keptFor">How long after it was last heard.</param>
/// <param name="time">The clock.</param>
internal sealed class Origins(TimeSpan keptFor, TimeProvider time)
{
    private readonly object _gate = new();
    private readonly Dictionary<(string? Host, int? Port), Holder> _holders = [];

    /// <summary>A connection introduces itself.</summary>
    /// <param name="origin">As whom.</param>
    /// <param name="uid">The number that tells this run of that system from others.</param>
    /// <param name="dialled">Whether this side dialled: then the address is where the connection goes to, and nobody
    /// has a better claim.</param>
    /// <param name="holder">To be told when something is heard; to be released when the connection has ended. Where the
    /// claim fails: who has the address.</param>
    public bool TryClaim(Address origin, ulong uid, bool dialled, out Holder holder)
    {
        var key = (origin.Host, origin.Port);
        lock (_gate)
        {
            if (_holders.TryGetValue(key, out holder!))
            {
                if (holder.Uid != uid && !dialled && time.GetElapsedTime(holder.LastHeard) < keptFor) return false;
                if (holder.Uid != uid) holder = null!;
            }
            holder ??= new Holder(key, uid);
            _holders[key] = holder;
            holder.Connections++;
        }
        Heard(holder);
        return true;
    }

    public void Heard(Holder holder) => holder.LastHeard = time.GetTimestamp();

    /// <summary>One of its connections has ended; after the last one the address is free.</summary>
    public void Release(Holder holder)
    {
        lock (_gate)
        {
            if (--holder.Connections > 0 || _holders.GetValueOrDefault(holder.Key) != holder) return;
            _holders.Remove(holder.Key);
        }
    }

    /// <summary>A run of a system, and when it was last heard.</summary>
    internal sealed class Holder((string? Host, int? Port) key, ulong uid)
    {
        private long _lastHeard;

        public (string? Host, int? Port) Key { get; } = key;

        public ulong Uid { get; } = uid;

        public int Connections { get; set; }

        public long LastHeard
        {
            get => Volatile.Read(ref _lastHeard);
            set => Volatile.Write(ref _lastHeard, value);
        }
    }
}
