using System.Diagnostics;
using System.Globalization;

namespace FloodActors.Benchmarks.Common;

/// <summary>
/// What the kernel knows of a process and of the loopback device. Where there is no /proc, wire bytes are NaN and the
/// rest comes from .NET.
/// </summary>
internal static class ProcFs
{
    private const double TicksPerSecond = 100; // USER_HZ, fixed on every Linux that .NET runs on

    /// <summary>CPU seconds, in user and kernel mode, of all threads since the process started.</summary>
    public static double CpuSeconds(Process process)
    {
        var file = $"/proc/{process.Id}/stat";
        if (!File.Exists(file))
        {
            process.Refresh();
            return process.TotalProcessorTime.TotalSeconds;
        }
        var text = File.ReadAllText(file);
        // the name before it may hold blanks; fields[0] is field 3
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return (Parse(fields[11]) + Parse(fields[12])) / TicksPerSecond;
    }

    /// <summary>The most memory the process ever had resident, in MiB.</summary>
    public static double PeakMiB(Process process) => MiB(process, "VmHWM:", () => process.PeakWorkingSet64);

    /// <summary>The memory that the process has resident now, in MiB.</summary>
    public static double ResidentMiB(Process process) => MiB(process, "VmRSS:", () => process.WorkingSet64);

    /// <summary>
    /// Bytes sent through the loopback device since it is up, TCP and IP headers included, of everyone on this machine.
    /// </summary>
    public static double LoopbackBytes()
    {
        const string file = "/proc/net/dev";
        if (!File.Exists(file)) return double.NaN;
        var line = File.ReadLines(file).FirstOrDefault(l => l.TrimStart().StartsWith("lo:", StringComparison.Ordinal));
        return line is null ? double.NaN : Parse(line.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries)[9]);
    }

    /// <summary>
    /// How often the threads that the process has now gave up a processor, by themselves or not. NaN where there is no
    /// /proc.
    /// </summary>
    public static double Switches(Process process)
    {
        var tasks = $"/proc/{process.Id}/task";
        return Directory.Exists(tasks) ? Directory.EnumerateDirectories(tasks).Sum(SwitchesOf) : double.NaN;
    }

    private static double MiB(Process process, string field, Func<long> elsewhere)
    {
        var file = $"/proc/{process.Id}/status";
        if (!File.Exists(file))
        {
            process.Refresh();
            return elsewhere() / 1048576.0;
        }
        var line = File.ReadLines(file).First(l => l.StartsWith(field, StringComparison.Ordinal));
        return Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;
    }

    private static double SwitchesOf(string task)
    {
        try
        {
            return File.ReadLines(Path.Combine(task, "status"))
                .Where(line => line.Contains("ctxt_switches", StringComparison.Ordinal))
                .Sum(line => Parse(line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..]));
        }
        catch (IOException)
        {
            return 0; // the thread has ended meanwhile
        }
    }

    private static double Parse(string number) => double.Parse(number, CultureInfo.InvariantCulture);
}
