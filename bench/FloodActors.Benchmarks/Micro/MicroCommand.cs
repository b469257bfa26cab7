using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Exporters.Json;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using FloodActors.Benchmarks.Common;

namespace FloodActors.Benchmarks.Micro;

/// <summary>One microbenchmark: nanoseconds and allocated bytes of one operation.</summary>
internal sealed record MicroRow(
    string Benchmark, string Parameters, double MeanNs, double ErrorNs, double AllocatedBytes);

internal sealed record MicroResult(string Command, Machine Machine, IReadOnlyList<MicroRow> Rows);

/// <summary>
/// BenchmarkDotNet, with memory. In this process: nothing is built again, so it runs wherever this program does.
/// </summary>
internal static class MicroCommand
{
    private static readonly Type[] Types =
        [
            typeof(CoreBenchmarks), typeof(FrameBenchmarks), typeof(ReceiveFrameBenchmarks),
            typeof(SeenWindowBenchmarks), typeof(SeenIntervalsBenchmarks), typeof(PayloadBenchmarks),
            typeof(ContentHashBenchmarks),
        ];

    public static MicroResult Run(string filter, bool full, string command)
    {
        var job = (full ? Job.Default : Job.ShortRun).WithToolchain(InProcessEmitToolchain.Instance);
        var config = ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(new StderrLogger())
            .AddExporter(MarkdownExporter.GitHub, JsonExporter.Brief)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "flood-benchmarks"))
            .WithOptions(ConfigOptions.DisableOptimizationsValidator);
        var summaries = BenchmarkSwitcher.FromTypes(Types).Run(["--filter", filter], config);
        var rows = summaries.SelectMany(summary => summary.Reports).Where(report => report.ResultStatistics is not null)
            .Select(RowOf).ToList();
        return new MicroResult(command, Machine.This(), rows);
    }

    public static string Format(MicroResult result)
    {
        var table = new Table("benchmark", "parameters", "ns", "+- ns", "bytes");
        foreach (var row in result.Rows)
            table.Add(
                row.Benchmark, row.Parameters, Table.Number(row.MeanNs), Table.Number(row.ErrorNs),
                Table.Number(row.AllocatedBytes));
        return $"{result.Machine}{Environment.NewLine}`{result.Command}`{Environment.NewLine}"
            + $"{Environment.NewLine}{table}";
    }

    private static MicroRow RowOf(BenchmarkReport report)
    {
        var statistics = report.ResultStatistics!;
        var benchmark = report.BenchmarkCase;
        return new MicroRow(
            $"{benchmark.Descriptor.Type.Name.Replace("Benchmarks", "", StringComparison.Ordinal)}."
            + $"{benchmark.Descriptor.WorkloadMethod.Name}",
            benchmark.Parameters.PrintInfo,
            statistics.Mean,
            statistics.ConfidenceInterval.Margin,
            report.GcStats.GetBytesAllocatedPerOperation(benchmark) ?? double.NaN);
    }

    /// <summary>Keeps stdout for the results.</summary>
    private sealed class StderrLogger : ILogger
    {
        public string Id => nameof(StderrLogger);

        public int Priority => 0;

        public void Write(LogKind logKind, string text) => Console.Error.Write(text);

        public void WriteLine() => Console.Error.WriteLine();

        public void WriteLine(LogKind logKind, string text) => Console.Error.WriteLine(text);

        public void Flush() => Console.Error.Flush();
    }
}
