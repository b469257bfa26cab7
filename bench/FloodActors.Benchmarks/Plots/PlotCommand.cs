using System.Text.Json;
using FloodActors.Benchmarks.Common;
using FloodActors.Benchmarks.Processes;
using FloodActors.Benchmarks.Scale;

namespace FloodActors.Benchmarks.Plots;

/// <summary>
/// Draws what <c>processes --output</c> wrote: throughput over size for each number of processes, and over processes
/// for each size; or what <c>scale --output</c> wrote: CPU and delay over the rate.
/// </summary>
internal static class PlotCommand
{
    public static IReadOnlyList<string> Run(FileInfo input, DirectoryInfo output)
    {
        var text = File.ReadAllText(input.FullName);
        output.Create();
        using (var document = JsonDocument.Parse(text))
        {
            if (document.RootElement.TryGetProperty("scale", out _)) return RunScale(Read<ScaleResult>(text), output);
        }
        var result = Read<ProcessesResult>(text);
        var written = new List<string>();
        foreach (var group in result.Rows.GroupBy(row => row.Nodes))
            written.Add(Write(output, $"throughput-over-size-{group.Key}-processes.svg", new SvgChart(
                $"Throughput over size, {group.Key} processes", "bytes of a message", "deliveries/s",
                SeriesOf(group, row => row.Size))));
        // With two processes there is one link, whatever the topology: flood-star stands for all of them.
        foreach (var group in result.Rows.GroupBy(row => row.Size))
            written.Add(Write(output, $"throughput-over-processes-{group.Key}-bytes.svg", new SvgChart(
                $"Throughput over processes, {group.Key} B", "processes", "deliveries/s",
                SeriesOf(group, row => row.Nodes))));
        return written;
    }

    private static List<string> RunScale(ScaleResult result, DirectoryInfo output)
    {
        var written = new List<string>();
        foreach (var group in result.Scale.GroupBy(row => row.Nodes))
        {
            List<Series> Lines(Func<ScaleRow, double> y) => [.. group.GroupBy(row => row.System)
                .Select(g => new Series(g.Key, [.. g.Select(row => (row.Rate, y(row)))]))];
            written.Add(Write(output, $"scale-cpu-{group.Key}-processes.svg", new SvgChart(
                $"CPU of a delivery above idle, {group.Key} processes, {group.First().Topology}", "messages/s", "us",
                Lines(row => row.CpuPerDelivery))));
            written.Add(Write(output, $"scale-delay-{group.Key}-processes.svg", new SvgChart(
                $"Delay p99, {group.Key} processes, {group.First().Topology}", "messages/s", "us",
                Lines(row => row.P99))));
        }
        return written;
    }

    private static T Read<T>(string text) => JsonSerializer.Deserialize<T>(text, Report.Json)
        ?? throw new InvalidDataException("The file is empty.");

    private static List<Series> SeriesOf(IEnumerable<Row> rows, Func<Row, double> x) =>
        rows.GroupBy(row => row.System)
            .Select(g => new Series(g.Key, g.Select(row => (x(row), row.DeliveriesPerSecond)).ToList())).ToList();

    private static string Write(DirectoryInfo folder, string name, SvgChart chart)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, chart.Render());
        return path;
    }
}
