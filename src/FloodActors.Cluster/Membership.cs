using Akka.Cluster;

namespace FloodActors.Cluster;

/// <summary>
/// The members that take part in a flood, according to the cluster's events. Pure.
/// <code>
///   joining            not yet: it may never be admitted
///   weakly up, up      takes part
///   leaving, exiting   keeps its links and gets no new ones; its own flood says goodbye
///   unreachable        unchanged: the state of the link decides
///   down, removed      gone
/// </code>
/// </summary>
internal sealed class Membership(string self, string role)
{
    private readonly HashSet<string> _active = [];
    private readonly HashSet<string> _leaving = [];
    private readonly HashSet<string> _unreachable = [];

    /// <summary>The members that the rings pass through.</summary>
    public IReadOnlySet<string> Active => _active;

    public IReadOnlySet<string> Unreachable => _unreachable;

    /// <summary>Whether this node may dial peers.</summary>
    public bool SelfIsActive => _active.Contains(self);

    /// <summary>Whether this node is still in the cluster; it may be leaving.</summary>
    public bool SelfIsMember => SelfIsActive || _leaving.Contains(self);

    public bool IsMember(string address) => _active.Contains(address) || _leaving.Contains(address);

    /// <summary>Notes a member's status. Returns whether the member is gone now.</summary>
    public bool Apply(Member member)
    {
        if (role.Length > 0 && !member.HasRole(role)) return false;
        var address = member.Address.ToString();
        _active.Remove(address);
        _leaving.Remove(address);
        switch (member.Status)
        {
            case MemberStatus.WeaklyUp or MemberStatus.Up:
                _active.Add(address);
                return false;
            case MemberStatus.Leaving or MemberStatus.Exiting:
                _leaving.Add(address);
                return false;
            case MemberStatus.Down or MemberStatus.Removed:
                _unreachable.Remove(address);
                return true;
            default:
                return false;
        }
    }

    public void Reach(Member member, bool reachable)
    {
        if (role.Length > 0 && !member.HasRole(role)) return;
        if (reachable) _unreachable.Remove(member.Address.ToString());
        else _unreachable.Add(member.Address.ToString());
    }
}
