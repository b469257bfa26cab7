using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.Discovery;

namespace FloodActors.Discovery;

/// <summary>
/// The method <c>dns</c>: a service name is a host name, and its nodes are all addresses to which the machine's
/// resolver resolves it. Akka.Discovery describes a method <c>akka-dns</c>, but has no class for it.
/// </summary>
internal sealed class DnsLookup : ServiceDiscovery
{
    /// <summary>Called by Akka.Discovery, which passes the system.</summary>
    public DnsLookup(ExtendedActorSystem system) => _ = system;

    /// <summary>The same with the method's section.</summary>
    public DnsLookup(ExtendedActorSystem system, Config config)
        : this(system) => _ = config;

    /// <exception cref="SocketException">The resolver failed. An unknown name is an answer, not a failure.</exception>
    /// <exception cref="OperationCanceledException">There was no answer in time.</exception>
    public override async Task<Resolved> Lookup(Lookup lookup, TimeSpan resolveTimeout)
    {
        using var timeout = new CancellationTokenSource(resolveTimeout);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(lookup.ServiceName, timeout.Token).ConfigureAwait(false);
            return new Resolved(lookup.ServiceName, [.. addresses.Select(
                address => new ResolvedTarget(host: address.ToString(), port: null, address: address))]);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData)
        {
            return new Resolved(lookup.ServiceName, []);
        }
    }
}
