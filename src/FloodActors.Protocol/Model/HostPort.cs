using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace FloodActors;

/// <summary>
/// <c>HOST:PORT</c>, as people write addresses in settings and on the command line. The host is a name, an IPv4
/// address, or an IPv6 address in brackets: <c>[::1]:9000</c>.
/// </summary>
/// <param name="Host">The host, without brackets.</param>
/// <param name="Port">The port; 0 lets the system choose where something listens.</param>
public readonly record struct HostPort(string Host, int Port)
{
    private const int LargestPort = 65_535;

    /// <summary>Reads an address.</summary>
    /// <param name="text">The text; white space around it does not count.</param>
    /// <param name="leastPort">The least port allowed: 0 for addresses to listen on, 1 for addresses to dial.</param>
    /// <param name="address">The address.</param>
    /// <param name="problem">What is wrong, and what to write instead; empty when nothing is.</param>
    public static bool TryParse(
        [NotNullWhen(true)] string? text, int leastPort, out HostPort address, out string problem)
    {
        address = default;
        text = text?.Trim() ?? "";
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? text : text[..colon];
        var isBracketed = host.StartsWith('[') && host.EndsWith(']');
        problem = (text.Length, colon) switch
        {
            (0, _) => "it is empty; write HOST:PORT",
            (_, < 0) => "the port is missing; write HOST:PORT",
            (_, 0) => "the host is missing; write HOST:PORT",
            _ when !isBracketed && text.StartsWith('[') => "the port is missing; write [IPV6]:PORT",
            _ when !isBracketed && host.Contains(':') => "an IPv6 address stands in brackets; write [IPV6]:PORT",
            _ => "",
        };
        if (problem.Length > 0) return false;

        var port = text.AsSpan(colon + 1);
        if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number < leastPort || number > LargestPort)
        {
            problem = $"'{port}' is no port; write HOST:PORT with a port from {leastPort} to {LargestPort}";
            return false;
        }

        if (isBracketed) host = host[1..^1];
        var kind = Uri.CheckHostName(host);
        if (kind == UriHostNameType.Unknown || isBracketed != (kind == UriHostNameType.IPv6))
        {
            problem = $"'{host}' is no {(isBracketed ? "IPv6 address" : "host name or IP address")}; write HOST:PORT";
            return false;
        }

        address = new HostPort(host, number);
        return true;
    }

    /// <summary>As it is read: an IPv6 address in brackets.</summary>
    public override string ToString() =>
        Host is not null && Host.Contains(':')
            ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
            : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
