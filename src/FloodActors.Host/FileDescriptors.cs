using System.Runtime.InteropServices;

namespace FloodActors.Host;

/// <summary>
/// How many files this process may have open, sockets among them. When descriptors run out, .NET cannot even load
/// the assembly that would explain it, so the limit is checked first.
/// </summary>
internal static class FileDescriptors
{
    /// <summary>
    /// What a node without peers has open when it serves everything: mostly assemblies. A few are spare.
    /// </summary>
    public const int Base = 260;

    /// <summary>Akka.Remote has a connection in each direction.</summary>
    public const int EachPeer = 2;

    private const int OpenFilesLinux = 7;
    private const int OpenFilesMac = 8;

    private const string HowTo =
        "Raise the limit (ulimit -n, LimitNOFILE= of a systemd unit, --ulimit nofile= of a container)";

    /// <exception cref="HostException">Not even a node without peers could run.</exception>
    public static void CheckBase() => CheckBase(Limit());

    /// <exception cref="HostException">Not even a node without peers could run.</exception>
    public static void CheckBase(ulong limit)
    {
        if (limit < Base)
            throw HostException.Usage(
                $"this process may have {limit} files open; a node needs {Base}, and {EachPeer} for each peer. "
                + $"{HowTo}.");
    }

    /// <summary>
    /// The warning for a node that may have more peers than descriptors for them; null when there are enough.
    /// </summary>
    public static string? Warning(int maxPeers) => Warning(Limit(), maxPeers);

    /// <inheritdoc cref="Warning(int)"/>
    public static string? Warning(ulong limit, int maxPeers)
    {
        var needed = (ulong)Base + ((ulong)EachPeer * (ulong)maxPeers);
        return limit >= needed
            ? null
            : $"this process may have {limit} files open; with flood.max-peers = {maxPeers} a node may need {needed} "
                + $"({Base}, and {EachPeer} for each peer). {HowTo}, "
                + $"or lower flood.max-peers to {(limit - Base) / EachPeer}.";
    }

    private static ulong Limit()
    {
        if (OperatingSystem.IsWindows()) return ulong.MaxValue;
        return getrlimit(OperatingSystem.IsMacOS() ? OpenFilesMac : OpenFilesLinux, out var limits) == 0
            ? limits.Now
            : ulong.MaxValue;
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int getrlimit(int resource, out Limits limits);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limits
    {
        public nuint Now;
        public nuint Most;
    }
}
