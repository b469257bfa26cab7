using System.Runtime.InteropServices;

namespace FloodActors.Benchmarks.Common;

/// <summary>
/// What the numbers were measured on. Stands in every result, since a number without its machine says nothing.
/// </summary>
internal sealed record Machine(
    string Cpu, int Cores, long MemoryMiB, string System, string Runtime, string Akka, DateTime MeasuredUtc)
{
    public static Machine This() => new(
        Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20,
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
        typeof(global::Akka.Actor.ActorSystem).Assembly.GetName().Version?.ToString(3) ?? "?",
        DateTime.UtcNow);

    public override string ToString() =>
        $"{Cpu}, {Cores} cores, {MemoryMiB} MiB, {System}, {Runtime}, Akka {Akka}, {MeasuredUtc:yyyy-MM-dd HH:mm} UTC";

    private static string? Field(string file, string name) => File.Exists(file)
        ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1]
            .Trim()
        : null;
}
