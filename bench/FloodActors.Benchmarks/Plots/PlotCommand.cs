using System.Text.Json;
using FloodActors.Benchmarks.Common;
using FloodActors.Benchmarks.Processes;

namespace FloodActors.Benchmarks.Plots;

/// <summary>
/// Draws what <c>processes --output</c> wrote: throughput over size for each number of processes, and over processes
/// for each size.
/// </summary>
internal static class PlotCommand
{
    public static IReadOnlyList<string> Run(FileInfo input, DirectoryInfo output)
    {
        var result = JsonSerializer.Deserialize<ProcessesResult>(File.ReadAllText(input.FullName), Report.Json)
            ?? throw new InvalidDataException($"{input} is empty");
        output.Create();
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
