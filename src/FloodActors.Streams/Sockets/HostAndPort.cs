using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace FloodActors.Streams.Sockets;

/// <summary><c>HOST:PORT</c>; an IPv6 address stands in brackets.</summary>
internal readonly record struct HostAndPort(string Host, int Port)
{
    public static HostAndPort Parse(string text, int leastPort)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 1 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port < leastPort || port > 65535)
            throw new FloodConfigurationException($"'{text}' is no address: write HOST:PORT with a port from {leastPort} to 65535.");
        return new HostAndPort(text[..colon].Trim('[', ']'), port);
    }

    public override string ToString() => $"{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}";

    /// <summary>An address of this machine to listen on.</summary>
    public async Task<IPEndPoint> ResolveAsync()
    {
        if (IPAddress.TryParse(Host, out var address)) return new IPEndPoint(address, Port);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(Host).ConfigureAwait(false);
            return new IPEndPoint(addresses.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0], Port);
        }
        catch (SocketException e)
        {
            throw new FloodConfigurationException($"There is no host '{Host}': {e.Message}", e);
        }
    }

    /// <summary><c>remoteAddress:remotePort</c>.</summary>
    public static string Of(EndPoint endPoint) => endPoint switch
    {
        IPEndPoint { Address.IsIPv4MappedToIPv6: true } mapped => $"{mapped.Address.MapToIPv4()}:{mapped.Port}",
        DnsEndPoint dns => $"{dns.Host}:{dns.Port}",
        _ => endPoint.ToString() ?? "",
    };
}
