using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace FloodActors.Benchmarks.Common;

/// <summary>
/// What the TCP connections of this process have carried, as the kernel counts it for each of them, with 40 bytes of
/// IP and TCP header for each segment and 12 more where the connection has timestamps. Acknowledgements without data
/// and what is sent again count. So other traffic of the machine does not, however busy it is. Linux only; else NaN.
/// </summary>
/// <remarks>
/// What a connection carried after the last look and before it closed is missed.
/// </remarks>
internal sealed partial class TcpTraffic
{
    private const int TcpLevel = 6;
    private const int TcpInfo = 11;

    private readonly Dictionary<string, TcpCounts> _last = [];

    public double Sent { get; private set; }

    public double Received { get; private set; }

    /// <summary>Adds what each connection has carried since the last look.</summary>
    public void Look()
    {
        if (!OperatingSystem.IsLinux())
        {
            (Sent, Received) = (double.NaN, double.NaN);
            return;
        }
        var info = new byte[256];
        foreach (var file in Directory.EnumerateFiles("/proc/self/fd"))
        {
            if (new FileInfo(file).LinkTarget is not { } target) continue;
            if (!target.StartsWith("socket:", StringComparison.Ordinal)) continue;
            var length = info.Length;
            if (GetSocketOption(int.Parse(Path.GetFileName(file)), TcpLevel, TcpInfo, info, ref length) != 0) continue;
            if (TcpCounts.Read(info.AsSpan(0, length)) is { } counts) Add(target, counts);
        }
    }

    /// <summary>What one connection has carried since it is up.</summary>
    /// <param name="connection">Its name, which no other has in the life of the process.</param>
    /// <param name="counts">What the kernel says.</param>
    public void Add(string connection, TcpCounts counts)
    {
        var last = _last.GetValueOrDefault(connection);
        Sent += counts.Sent - last.Sent;
        Received += counts.Received - last.Received;
        _last[connection] = counts;
    }

    [LibraryImport("libc", EntryPoint = "getsockopt")]
    private static partial int GetSocketOption(int socket, int level, int name, [Out] byte[] value, ref int length);
}

/// <summary>Bytes of a connection since it is up, headers included.</summary>
internal readonly record struct TcpCounts(double Sent, double Received)
{
    private const int Header = 40;
    private const int Timestamps = 12;

    /// <summary>
    /// Reads Linux' <c>struct tcp_info</c>; null for what is no connection, or from before Linux 4.19.
    /// </summary>
    public static TcpCounts? Read(ReadOnlySpan<byte> info)
    {
        if (info.Length < 208 || info[0] is 0 or 10) return null; // listening, or no state at all
        var header = Header + ((info[5] & 1) != 0 ? Timestamps : 0);
        return new TcpCounts(
            BinaryPrimitives.ReadUInt64LittleEndian(info[200..])
                + ((double)BinaryPrimitives.ReadUInt32LittleEndian(info[136..]) * header),
            BinaryPrimitives.ReadUInt64LittleEndian(info[128..])
                + ((double)BinaryPrimitives.ReadUInt32LittleEndian(info[140..]) * header));
    }
}
