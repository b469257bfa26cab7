using System.Diagnostics;
using FloodActors.Benchmarks.Common;
using FloodActors.Benchmarks.Processes;
using FloodActors.Benchmarks.Systems;

namespace FloodActors.Benchmarks.Topics;

/// <summary>Milliseconds: the median, what one in a hundred exceeds, and the greatest.</summary>
internal sealed record Times(double P50, double P99, double Max)
{
    public override string ToString() => $"{Table.Number(P50)} / {Table.Number(P99)} / {Table.Number(Max)}";
}

/// <summary>A process in a window: memory resident at its start, end and most, in MiB, and cores used.</summary>
internal sealed record ProcessUse(double StartMiB, double EndMiB, double MostMiB, double Cores)
{
    public override string ToString() =>
        $"{Table.Number(StartMiB)} / {Table.Number(EndMiB)} / {Table.Number(MostMiB)}";
}

/// <summary>A publisher of keys and a slow subscriber, each in a process of its own.</summary>
internal sealed record KeysProcessesRow(
    string Case, double Seconds, double SetPerSecond, Times Append, double TakenPerSecond, Times Age, Times Held,
    ProcessUse Publisher, ProcessUse Subscriber);

internal sealed record KeysProcessesResult(string Command, Machine Machine, IReadOnlyList<KeysProcessesRow> Rows);

/// <summary>
/// 100,000 values a second over 1,000 keys from one process, to another one whose reader takes 1,000 a second.
/// </summary>
internal static class KeysProcesses
{
    private const double Rate = 100_000;
    private const double LeastSeconds = 30;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(15);

    public static async Task<KeysProcessesResult> Run(double seconds, string command)
    {
        seconds = Math.Max(LeastSeconds, seconds);
        KeysProcessesRow[] rows =
        [
            await Run("defaults", "", seconds),
            await Run("listener.batch = 16", "flood.listener.batch = 16", seconds),
        ];
        return new KeysProcessesResult(command, Machine.This(), rows);
    }

    private static async Task<KeysProcessesRow> Run(string name, string hocon, double seconds)
    {
        await using var workers = new WorkerPool(KeysWorker.Verb);
        for (var i = 0; i < 2; i++) workers.StartWorker();
        var setup = new Setup
        {
            Contestant = Contestant.Typed[0], Nodes = 2, Rate = Rate, Hocon = "akka.loglevel = ERROR\n" + hocon,
        };
        string Format(int i) => Worker.Format(setup with { Index = i });
        var addresses = (await workers.TellAll(Format, "address")).Select(said => said.Address!).ToArray();
        setup = setup with { Addresses = addresses };
        await workers.TellAll(Format, "joined");
        await workers.TellAll(_ => "start", "started");
        await Task.Delay(WarmUp);

        await workers.TellAll(_ => "window", "open");
        var processes = workers.Processes.ToArray();
        var cpu = processes.Select(ProcFs.CpuSeconds).ToArray();
        var memory = processes.Select(process => new List<double> { ProcFs.ResidentMiB(process) }).ToArray();
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            await Task.Delay(TimeSpan.FromSeconds(1));
            for (var i = 0; i < processes.Length; i++) memory[i].Add(ProcFs.ResidentMiB(processes[i]));
        }
        var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var uses = processes.Select((process, i) => new ProcessUse(
            memory[i][0], memory[i][^1], memory[i].Max(), (ProcFs.CpuSeconds(process) - cpu[i]) / elapsed)).ToArray();
        var told = await workers.TellAll(_ => "tally", "tally");
        if (told.FirstOrDefault(said => said.Problem is not null) is { Problem: var problem })
            throw new InvalidOperationException(problem);
        var row = new KeysProcessesRow(
            name, elapsed, told[0].Published / told[0].Seconds, Of(told[0], "append"),
            told[1].Messages / told[1].Seconds, Of(told[1], "age"), Of(told[1], "held"), uses[0], uses[1]);
        Report.Progress(
            $"keys over processes, {name}: {Table.Number(row.SetPerSecond)} set a second, age {row.Age} ms, held "
            + $"{row.Held} ms");
        return row;
    }

    public static string Format(KeysProcessesResult result)
    {
        var table = new Table(
            "1,000 keys over processes", "set/s", "append, ms", "taken/s", "age when read, ms", "age when replaced, ms",
            "publisher's memory, MiB", "cores", "subscriber's memory, MiB", "cores");
        foreach (var row in result.Rows)
        {
            table.Add(
                row.Case, Table.Number(row.SetPerSecond), $"{row.Append}", Table.Number(row.TakenPerSecond),
                $"{row.Age}", $"{row.Held}", $"{row.Publisher}", Table.Number(row.Publisher.Cores),
                $"{row.Subscriber}", Table.Number(row.Subscriber.Cores));
        }
        return $"{result.Machine}\n`{result.Command}`\n\n{table}";
    }

    private static Times Of(WorkerEvent said, string what) =>
        new(said.Counters![$"{what}-p50"], said.Counters[$"{what}-p99"], said.Counters[$"{what}-max"]);
}
