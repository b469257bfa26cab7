using FloodActors.Core;

namespace FloodActors.Links;

/// <summary>An address to keep a link to.</summary>
internal sealed class DialTarget(FloodAddress address, string? id)
{
    /// <summary>The other flood.</summary>
    public FloodAddress Address { get; } = address;

    /// <summary>The id that the peer is to have here; null: its own name.</summary>
    public string? Id { get; } = id;

    /// <summary>The id that the peer had when it was last linked; null if it never was.</summary>
    public string? LinkedAs { get; set; }

    /// <summary>The link being dialled or up.</summary>
    public Link? Current { get; set; }

    /// <summary>Links that failed since the last that came up.</summary>
    public int Attempts { get; set; }

    /// <summary>Milliseconds of the monotonic clock before which it is not dialled again.</summary>
    public long NotBefore { get; set; }

    /// <summary>
    /// The incarnation behind the address, if a link that the other side dialled already serves this target.
    /// </summary>
    public ulong ServedBy { get; set; }

    /// <summary>The last refusal that was reported.</summary>
    public LinkEnd? Reported { get; set; }

    /// <summary>Whether its silence was reported.</summary>
    public bool ReportedSilence { get; set; }

    /// <summary>The callers that wait for the first outcome.</summary>
    public List<IAnswer<ConnectResult>> Waiting { get; } = [];

    /// <summary>Whether a link leads to this target, whichever side dialled it.</summary>
    public bool IsReachedBy(Link link) =>
        ReferenceEquals(this, link.Target) || Address.Equals(link.Address)
            || (ServedBy != 0 && ServedBy == link.Node?.Incarnation && Address.SystemText == link.Address?.SystemText);

    /// <summary>Whether a user who names this id or address means this target.</summary>
    public bool IsNamed(string id, FloodAddress? address) =>
        Id == id || LinkedAs == id || (address is not null && Address.Equals(address));

    /// <summary>Answers all callers that wait.</summary>
    public void Answer(ConnectResult outcome)
    {
        foreach (var asker in Waiting) asker.Answer(outcome);
        Waiting.Clear();
    }
}
