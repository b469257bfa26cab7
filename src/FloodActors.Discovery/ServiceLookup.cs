using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Discovery;

namespace FloodActors.Discovery;

/// <summary>The addresses that a lookup found.</summary>
/// <param name="Addresses"><c>HOST:PORT</c> of every node, in one spelling; this node's is its own canonical
/// address.</param>
/// <param name="OtherName">How the lookup names this node, if that differs from its canonical address; else
/// null.</param>
internal sealed record Found(IReadOnlySet<string> Addresses, string? OtherName);

/// <summary>Asks Akka.Discovery and normalises the answers.</summary>
internal sealed class ServiceLookup(ServiceDiscovery method, DiscoverySettings settings, Address own)
{
    /// <summary>This node's own address.</summary>
    public string Self { get; } = Text(own.Host, own.Port ?? 0);

    /// <summary>The normalised form of an address.</summary>
    public static string Text(string host, int port) =>
        new HostPort(host.Trim('[', ']').ToLowerInvariant(), port).ToString();

    /// <exception cref="TimeoutException">There was no answer in time.</exception>
    /// <exception cref="Exception">Whatever the method fails with.</exception>
    public async Task<Found> AskAsync()
    {
        var lookup = new Lookup(settings.ServiceName, Given(settings.PortName), Given(settings.Protocol));
        // Not every method obeys the timeout that it is given.
        var resolved = await method.Lookup(lookup, settings.LookupTimeout)
            .WaitAsync(settings.LookupTimeout).ConfigureAwait(false);
        if (resolved.Addresses.Any(target => TextOf(target) == Self))
            return new Found(Texts(resolved.Addresses, null), null);
        var ours = await OwnAddressesAsync().ConfigureAwait(false);
        var us = resolved.Addresses.Find(target => IsOurs(target, ours));
        return new Found(Texts(resolved.Addresses, us), us is null ? null : TextOf(us));
    }

    private HashSet<string> Texts(
        IEnumerable<ServiceDiscovery.ResolvedTarget> targets, ServiceDiscovery.ResolvedTarget? us) =>
        [.. targets.Select(target => Equals(target, us) ? Self : TextOf(target))];

    private string TextOf(ServiceDiscovery.ResolvedTarget target) => Text(
        settings.Dial == DialTarget.Address && target.Address is { } address ? address.ToString() : target.Host,
        PortOf(target));

    private int PortOf(ServiceDiscovery.ResolvedTarget target) =>
        target.Port is > 0 and var port ? port : settings.Port > 0 ? settings.Port : own.Port ?? 0;

    private bool IsOurs(ServiceDiscovery.ResolvedTarget target, IReadOnlySet<IPAddress> ours) =>
        PortOf(target) == own.Port
        && (string.Equals(target.Host, own.Host, StringComparison.OrdinalIgnoreCase)
            || (target.Address ?? Parsed(target.Host)) is { } address && ours.Contains(address));

    /// <summary>
    /// The addresses that this node's host name stands for, and those of its machine: a lookup may name it by any of
    /// them.
    /// </summary>
    private async Task<IReadOnlySet<IPAddress>> OwnAddressesAsync()
    {
        var addresses = NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => !IPAddress.IsLoopback(address))
            .ToHashSet();
        if (Parsed(own.Host) is { } parsed)
        {
            addresses.Add(parsed);
            return addresses;
        }
        try
        {
            addresses.UnionWith(await Dns.GetHostAddressesAsync(own.Host).WaitAsync(settings.LookupTimeout)
                .ConfigureAwait(false));
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            // A name that only other machines can resolve is not an error: then only the machine's own addresses are
            // compared.
        }
        return addresses;
    }

    private static IPAddress? Parsed(string host) => IPAddress.TryParse(host, out var address) ? address : null;

    private static string? Given(string text) => text.Length > 0 ? text : null;
}
