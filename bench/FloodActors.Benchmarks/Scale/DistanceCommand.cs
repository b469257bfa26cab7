using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FloodActors.Benchmarks.Common;
using FloodActors.Benchmarks.Systems;

namespace FloodActors.Benchmarks.Scale;

/// <summary>What to measure.</summary>
internal sealed record DistanceOptions
{
    public IReadOnlyList<string> Systems { get; init; } = ["flood", Contestant.PubSub];

    /// <summary>Milliseconds one way.</summary>
    public double Delay { get; init; } = 100;

    public IReadOnlyList<double> Rates { get; init; } = [1, 10, 100, 1000];

    public int Size { get; init; } = 200;

    public double Seconds { get; init; } = 10;

    public double WarmUpSeconds { get; init; } = 60;
}

/// <param name="Command">As it can be typed again.</param>
/// <param name="Build">Version and commit of the flood.</param>
/// <param name="Machine">What it ran on.</param>
/// <param name="Delay">Milliseconds one way.</param>
/// <param name="Windows">One for each system and rate; delays in microseconds, the way included.</param>
/// <param name="Failures">Runs that did not get through.</param>
internal sealed record DistanceResult(
    string Command, string Build, Machine Machine, double Delay, IReadOnlyList<Window> Windows,
    IReadOnlyList<string> Failures);

/// <summary>
/// Two nodes far from each other: each is reached through a proxy that delays, one publishes, and the delay of a
/// message is held against that of the way.
/// </summary>
internal static class DistanceCommand
{
    public static async Task<DistanceResult> Run(DistanceOptions options, string command)
    {
        var (windows, failures) = (new List<Window>(), new List<string>());
        foreach (var system in options.Systems)
        {
            try
            {
                if (ScaleSystems.Missing(system) is { } reason) throw new InvalidOperationException(reason);
                await RunOnce(options, system, windows);
            }
            catch (Exception e) when (e is InvalidOperationException or TimeoutException)
            {
                failures.Add($"{system}: {e.Message}");
                Report.Progress($"FAILED: {failures[^1]}");
            }
        }
        return new DistanceResult(
            command, ScaleCommand.Build(), Machine.This(), options.Delay, windows, failures);
    }

    public static string Format(DistanceResult result)
    {
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"{result.Machine}")
            .AppendLine(CultureInfo.InvariantCulture, $"FloodActors {result.Build}; {result.Delay:N0} ms one way")
            .AppendLine(CultureInfo.InvariantCulture, $"`{result.Command}`").AppendLine();
        var table = new Table(
            "system", "messages/s", "messages", "p50 ms", "p99 ms", "slowest ms", "slowest - way ms", "wire B/delivery",
            "lost", "twice");
        foreach (var w in result.Windows)
            table.Add(
                w.System, Table.Number(w.Rate), $"{w.Published}", Table.Number(w.P50 / 1000),
                Table.Number(w.P99 / 1000), Table.Number(w.Max / 1000), Table.Number((w.Max / 1000) - result.Delay),
                Table.Number(w.WireBytes / w.Deliveries), $"{w.Lost}", $"{w.Duplicates}");
        text.Append(table);
        foreach (var failure in result.Failures) text.AppendLine(CultureInfo.InvariantCulture, $"FAILED {failure}");
        return text.ToString();
    }

    private static async Task RunOnce(DistanceOptions options, string system, List<Window> windows)
    {
        // Each node goes by the address of the proxy in front of it: Akka.Remote takes only what was sent to that.
        int[] ports = [FreePort(), FreePort()];
        var delay = TimeSpan.FromMilliseconds(options.Delay);
        using var first = new DelayProxy(ports[0], delay);
        using var second = new DelayProxy(ports[1], delay);
        int[] seen = [first.Port, second.Port];
        await using var fleet = new ScaleFleet(ScaleSystems.Quiet);
        await fleet.Start(
            new Setup
            {
                Contestant = ScaleSystems.Of(system, "line"),
                Nodes = 2,
                Size = options.Size,
                Hocon = ScaleSystems.Hocon(system, quiet: true),
            },
            i => $"akka.remote.dot-netty.tcp {{ port = {ports[i]}, public-port = {seen[i]} }}");
        var warm = options.WarmUpSeconds > 0
            ? await fleet.WarmUp(options.Rates.Max(), TimeSpan.FromSeconds(options.WarmUpSeconds))
            : 0;
        foreach (var rate in options.Rates)
        {
            var window = new Window
            {
                System = system, Nodes = 2, Topology = "line", Run = 1, Phase = Window.Steady, Rate = rate,
                WarmUpSeconds = warm,
            };
            windows.Add(await fleet.Measure(window, options.Seconds, settle: true, single: true));
            var done = windows[^1];
            Report.Progress(string.Create(
                CultureInfo.InvariantCulture,
                $"{system}, {rate}/s: p50 {done.P50 / 1000:N1} slowest {done.Max / 1000:N1} ms, lost {done.Lost}"));
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
