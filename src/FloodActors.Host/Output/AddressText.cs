using Akka.Actor;

namespace FloodActors.Host.Output;

/// <summary>Addresses as users write them.</summary>
internal static class AddressText
{
    /// <summary>HOST:PORT of an actor's path; the path itself if that says more.</summary>
    public static string Of(string path) =>
        ActorPath.TryParse(path, out var parsed)
            && parsed.Address is { Host: not null, System: Node.SystemName } address
                ? Of(address)
                : path;

    /// <summary>HOST:PORT of a system that listens.</summary>
    public static string Of(Address address) =>
        new HostPort(address.Host.Trim('[', ']'), address.Port ?? 0).ToString();
}
