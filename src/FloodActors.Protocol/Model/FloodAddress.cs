using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace FloodActors;

/// <summary>
/// Where a flood is: the path of its actor, in one spelling, so that two of them can be compared. What people write for
/// a peer is resolved once, here. A host is spelt as Akka spells those of its own addresses: in lower case, and an IPv6
/// address in its shortest form.
/// </summary>
internal sealed record FloodAddress
{
    private FloodAddress(string protocol, string system, string host, int port, string path)
    {
        (Protocol, System, Host, Port, Path) = (protocol, system, host, port, path);
        SystemText = host.Length == 0
            ? $"{protocol}://{system}"
            : string.Create(CultureInfo.InvariantCulture, $"{protocol}://{system}@{Bracketed(host)}:{port}");
        Text = SystemText + path;
    }

    /// <summary>Such as <c>akka.tcp</c>; <c>akka</c> within a process.</summary>
    public string Protocol { get; }

    public string System { get; }

    /// <summary>Lower case, without brackets; empty within a process.</summary>
    public string Host { get; }

    /// <summary>0 within a process.</summary>
    public int Port { get; }

    /// <summary>Begins with a slash.</summary>
    public string Path { get; }

    /// <summary>The whole of it, as Akka writes a path.</summary>
    public string Text { get; }

    /// <summary>The actor system's part of it.</summary>
    public string SystemText { get; }

    /// <summary>Host and port for people; the path where it is not <paramref name="usual"/>.</summary>
    public string ShortName(string usual) =>
        Host.Length == 0
            ? Path
            : string.Create(CultureInfo.InvariantCulture, $"{Bracketed(Host)}:{Port}{(Path == usual ? "" : Path)}");

    /// <summary>The flood whose actor is the parent of this one; null when there is no parent.</summary>
    public FloodAddress? Parent =>
        Path.LastIndexOf('/') is > 0 and var slash
            ? new FloodAddress(Protocol, System, Host, Port, Path[..slash])
            : null;

    public override string ToString() => Text;

    /// <summary>
    /// <c>HOST:PORT</c> (a system of our name, a flood at our path), an Akka address such as
    /// <c>akka.tcp://name@host:1234</c> (a flood at our path), the full path of a flood's actor, or a path in this
    /// system, which begins with a slash.
    /// </summary>
    public static bool TryResolve(
        string? text, FloodAddress self, [NotNullWhen(true)] out FloodAddress? address, out string problem)
    {
        (address, problem) = (null, "");
        text = text?.Trim();
        if (string.IsNullOrEmpty(text))
        {
            problem = "the address is empty; write HOST:PORT or akka.tcp://SYSTEM@HOST:PORT";
            return false;
        }
        if (text[0] == '/')
        {
            address = new FloodAddress(self.Protocol, self.System, self.Host, self.Port, text);
            return true;
        }
        if (text.Contains("://", StringComparison.Ordinal))
        {
            if (TryParse(text, self.Path, out address))
            {
                // Within a process this system has a short address, too.
                if (address.Host.Length == 0 && address.System == self.System)
                    address = new FloodAddress(self.Protocol, self.System, self.Host, self.Port, address.Path);
                return true;
            }
            problem = "it is not an Akka address; write HOST:PORT or akka.tcp://SYSTEM@HOST:PORT";
            return false;
        }
        if (!TrySplit(text, out var host, out var port))
        {
            problem = "write HOST:PORT with a port from 1 to 65535, and an IPv6 address in brackets";
            return false;
        }
        if (self.Host.Length == 0)
        {
            problem = "this system has no remoting; set akka.actor.provider = remote (or cluster)";
            return false;
        }
        address = new FloodAddress(self.Protocol, self.System, host, port, self.Path);
        return true;
    }

    /// <summary>Reads an Akka address or path.</summary>
    /// <param name="text">It.</param>
    /// <param name="defaultPath">The path when it has none.</param>
    /// <param name="address">What it stands for.</param>
    public static bool TryParse(string text, string defaultPath, [NotNullWhen(true)] out FloodAddress? address)
    {
        address = null;
        var colon = text.IndexOf("://", StringComparison.Ordinal);
        if (colon < 1) return false;
        var rest = text[(colon + 3)..];
        var slash = rest.IndexOf('/');
        var authority = slash < 0 ? rest : rest[..slash];
        var path = slash < 0 ? "" : rest[slash..].TrimEnd('/');
        // The number of an actor's incarnation says nothing of where it is.
        if (path.IndexOf('#') is >= 0 and var hash) path = path[..hash];
        if (path.Length == 0) path = defaultPath;
        var at = authority.IndexOf('@');
        var system = at < 0 ? authority : authority[..at];
        if (system.Length == 0 || path.Length == 0) return false;
        var (host, port) = ("", 0);
        if (at >= 0 && !TrySplit(authority[(at + 1)..], out host, out port)) return false;
        address = new FloodAddress(text[..colon], system, host, port, path);
        return true;
    }

    /// <summary>Splits <c>HOST:PORT</c>; an IPv6 address stands in brackets.</summary>
    private static bool TrySplit(string text, out string host, out int port)
    {
        var colon = text.LastIndexOf(':');
        (host, port) = ("", 0);
        if (colon < 1
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port))
            return false;
        host = text[..colon];
        if (host[0] == '[' && host[^1] == ']')
        {
            if (!IPAddress.TryParse(host[1..^1], out var ip) || ip.AddressFamily != AddressFamily.InterNetworkV6)
                return false;
            host = ip.ToString();
        }
        else if (host.Contains(':'))
        {
            return false;
        }
        host = host.ToLowerInvariant();
        return port is >= 1 and <= 65535 && host.Length > 0
            && !host.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '/' or '@' or '[' or ']');
    }

    private static string Bracketed(string host) => host.Contains(':') ? $"[{host}]" : host;
}
