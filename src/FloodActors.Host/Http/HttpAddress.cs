using System.Net;
using System.Net.Sockets;

namespace FloodActors.Host.Http;

/// <summary>Where the node is to be served.</summary>
internal sealed record HttpAddress(string Host, int Port)
{
    /// <exception cref="HostException">It is not HOST:PORT.</exception>
    public static HttpAddress Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        var host = colon < 1 ? "" : text[..colon].Trim('[', ']');
        if (!int.TryParse(text.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out var port) || port > 65535 || Uri.CheckHostName(host) == UriHostNameType.Unknown)
            throw HostException.Usage($"--http '{text}': write HOST:PORT, such as 127.0.0.1:8080; port 0 takes a free one.");
        return new HttpAddress(host, port);
    }

    /// <exception cref="HostException">The host name is not known.</exception>
    public async Task<IPAddress> Resolve()
    {
        if (IPAddress.TryParse(Host, out var address)) return address;
        try
        {
            var all = await Dns.GetHostAddressesAsync(Host);
            return all.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? all[0];
        }
        catch (SocketException e)
        {
            throw HostException.Usage($"--http: the host name '{Host}' is not known.", e);
        }
    }

    /// <summary>
    /// Whether a request may name this host. A page of another site whose name was made to lead here (DNS rebinding) names that site; a numeric
    /// address cannot be made to lead elsewhere.
    /// </summary>
    public bool Allows(string host) =>
        IPAddress.TryParse(host.Trim('[', ']'), out _) || host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.Equals(Host, StringComparison.OrdinalIgnoreCase);
}
