using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace FloodActors.Tests;

/// <summary>
/// Ports that nobody listens on, for nodes that must be known before they start or come back where they were. They are
/// below those that the system chooses from by itself, so no other socket, not even the one that dials them, is given
/// one in the meantime; and each is given once.
/// </summary>
internal static class FreePort
{
    private const int Lowest = 10_240;
    private const string Range = "/proc/sys/net/ipv4/ip_local_port_range";

    private static readonly int End = EndOfOurs();
    private static int _next = Random.Shared.Next(Lowest, End);

    public static int Next()
    {
        while (true)
        {
            var port = Lowest + (Interlocked.Increment(ref _next) % (End - Lowest));
            if (IsFree(port)) return port;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>
    /// Where the ports begin that the system chooses from: 32768 where nobody has set it, higher on other systems.
    /// </summary>
    private static int EndOfOurs()
    {
        const int usual = 32_768;
        if (!File.Exists(Range)) return usual;
        var begin = int.Parse(File.ReadAllText(Range).Split('\t', ' ')[0], CultureInfo.InvariantCulture);
        return begin > Lowest + 1_000 ? begin : usual;
    }
}
