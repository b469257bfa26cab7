using Akka.Actor;

namespace FloodActors.Remoting;

/// <summary>
/// Which addresses the links of one flood dial, for <see cref="Dials"/>: each from before the first hello until the
/// link's actor is gone.
/// </summary>
internal sealed class LinkDials(Dials dials)
{
    private readonly Dictionary<IActorRef, Address> _byLink = [];

    /// <summary>A link is going to dial an actor's path. Null when it is in this process.</summary>
    public Address? Begin(string path)
    {
        // Parsed by Akka, which looks it up later: Akka may spell a host differently.
        if (!ActorPath.TryParse(path, out var parsed) || parsed.Address.HasLocalScope) return null;
        dials.Add(parsed.Address);
        return parsed.Address;
    }

    public void Belongs(Address? address, IActorRef link)
    {
        if (address is not null) _byLink.Add(link, address);
    }

    public void End(IActorRef link)
    {
        if (_byLink.Remove(link, out var address)) dials.Remove(address);
    }

    public void EndAll()
    {
        foreach (var address in _byLink.Values) dials.Remove(address);
        _byLink.Clear();
    }

    /// <summary>The known reason why a dialled address does not answer, for people.</summary>
    public string? HintOn(IActorRef link)
    {
        if (!_byLink.TryGetValue(link, out var dialled) || dials.Find(dialled) is not { } dial) return null;
        if (dial.Announced is not { } own || !dial.IsOtherSpelling(dialled)) return Shortened(dial.Problem, dialled);
        var place = $"{own.Host}:{own.Port}";
        return own.System == dialled.System
            ? $"the node there announces itself as {place}: write that"
            : $"the node there announces itself as {own.System}@{place}: "
                + $"write {dialled.Protocol}://{own.System}@{place}";
    }

    /// <summary>The reader knows which address was dialled.</summary>
    private static string? Shortened(string? problem, Address dialled)
    {
        var at = problem?.IndexOf($" tcp://{dialled.System}@", StringComparison.Ordinal) ?? -1;
        return at < 0 ? problem : problem![..at];
    }
}
