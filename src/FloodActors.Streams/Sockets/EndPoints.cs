using System.Net;
using System.Net.Sockets;

namespace FloodActors.Streams.Sockets;

/// <summary>Addresses as text, and as sockets use them.</summary>
internal static class EndPoints
{
    /// <exception cref="FloodConfigurationException">The text is not <c>HOST:PORT</c>.</exception>
    public static HostPort Parse(string text, int leastPort) =>
        HostPort.TryParse(text, leastPort, out var address, out var problem)
            ? address
            : throw new FloodConfigurationException($"'{text}' is no address: {problem}.");

    /// <summary>An address of this machine to listen on.</summary>
    /// <exception cref="FloodConfigurationException">The host is not known.</exception>
    public static async Task<IPEndPoint> ResolveAsync(HostPort address)
    {
        if (IPAddress.TryParse(address.Host, out var ip)) return new IPEndPoint(ip, address.Port);
        try
        {
            var all = await Dns.GetHostAddressesAsync(address.Host).ConfigureAwait(false);
            var preferred = all.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? all[0];
            return new IPEndPoint(preferred, address.Port);
        }
        catch (SocketException e)
        {
            throw new FloodConfigurationException($"There is no host '{address.Host}': {e.Message}", e);
        }
    }

    /// <summary>
    /// <c>remoteAddress:remotePort</c>. An IPv4 peer on a dual-stack socket is shown with its IPv4
    /// address.
    /// </summary>
    public static string NameOf(EndPoint endPoint) =>
        endPoint is IPEndPoint ip ? $"{new IPEndPoint(Unmapped(ip.Address), ip.Port)}" : endPoint.ToString() ?? "";

    /// <summary>The address without the port, which differs with each connection.</summary>
    public static string HostOf(EndPoint endPoint) =>
        endPoint is IPEndPoint ip ? Unmapped(ip.Address).ToString() : endPoint.ToString() ?? "";

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
