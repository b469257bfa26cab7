using FloodActors.Simulation;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using FloodActors.Benchmarks.Common;

namespace FloodActors.Benchmarks.InProcess;

/// <summary>What to measure.</summary>
internal sealed record InProcessOptions
{
    public int Nodes { get; init; } = 1000;

    public int Degree { get; init; } = 5;

    public int Size { get; init; } = 100;

    public int Seed { get; init; } = 1;

    /// <summary>Messages that the appending node may be ahead of the slowest watched one.</summary>
    public int Outstanding { get; init; } = 512;

    public int Runs { get; init; } = 5;

    public double WarmUpSeconds { get; init; } = 1.5;

    public double Seconds { get; init; } = 5;

    public string MessageId { get; init; } = "content";
}

/// <summary>One run: what all nodes together took, new messages and duplicates.</summary>
internal sealed record InProcessRun(long Messages, double Seconds, long Delivered, long Duplicates, double CpuSeconds)
{
    public double ReceivesPerSecond => (Delivered + Duplicates) / Seconds;

    public double NewPerSecond => Delivered / Seconds;

    public double CpuNanosecondsPerReceive => CpuSeconds * 1e9 / (Delivered + Duplicates);

    /// <summary>At most one for each direction of a link, less one for each node that got it: 2E - (N - 1).</summary>
    public double ReceivesPerMessage => (double)(Delivered + Duplicates) / Messages;
}

internal sealed record InProcessResult(
    string Command, Machine Machine, InProcessOptions Options, int Links, double PeakMiB,
    IReadOnlyList<InProcessRun> Runs)
{
    public double ReceivesPerSecond => Statistics.Median(Runs.Select(run => run.ReceivesPerSecond));
}

/// <summary>
/// Many floods in one actor system, linked as a random regular graph: the algorithm and the actors without the network.
/// One node appends, at most so many messages ahead of the slowest of some watched nodes; a run ends when every node
/// has every message, which is checked.
/// </summary>
internal static class InProcessCommand
{
    private const int Watched = 16;

    public static async Task<InProcessResult> Run(InProcessOptions options, string command)
    {
        var system = ActorSystem.Create(
            "bench", ConfigurationFactory.ParseString("akka { loglevel = WARNING, stdout-loglevel = OFF }"));
        var watched = new Watch(Watched);
        var edges = Topology.RandomRegular(options.Nodes, options.Degree, (ulong)options.Seed).Links;
        var floods = Start(system, options, watched);
        Report.Progress($"{options.Nodes} nodes, {edges.Count} links (seed {options.Seed}), linking");
        foreach (var part in edges.Chunk(250))
            await Task.WhenAll(part.Select(edge => floods[edge.A].ConnectAsync(floods[edge.B].Actor)));
        for (var i = 0; i < floods.Length; i++) await floods[i].WhenConnected(options.Degree);

        long published = 0;
        // As over processes: until hardly anything is compiled any more.
        for (
            var (round, compiled) = (1, 0L);
            round <= 12 && (round <= 2 || JitInfo.GetCompiledMethodCount() - compiled >= 40);
            round++)
        {
            compiled = JitInfo.GetCompiledMethodCount();
            await Publish(options.WarmUpSeconds);
        }
        var runs = new List<InProcessRun>();
        for (var run = 1; run <= options.Runs; run++)
        {
            var before = await Totals();
            var (first, cpu, start) =
                (published, ProcFs.CpuSeconds(Process.GetCurrentProcess()), Stopwatch.GetTimestamp());
            await Publish(options.Seconds);
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var after = await Totals();
            runs.Add(new InProcessRun(
                published - first, seconds, after.Delivered - before.Delivered, after.Duplicates - before.Duplicates,
                ProcFs.CpuSeconds(Process.GetCurrentProcess()) - cpu));
            Report.Progress($"run {run}/{options.Runs}: {Table.Number(runs[^1].ReceivesPerSecond)} receives/s");
        }
        var result = new InProcessResult(
            command, Machine.This(), options, edges.Count, ProcFs.PeakMiB(Process.GetCurrentProcess()), runs);
        await system.Terminate();
        return result;

        async Task Publish(double seconds)
        {
            var start = Stopwatch.GetTimestamp();
            var message = new byte[options.Size];
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
            {
                await watched.WaitFor(published - options.Outstanding + 16);
                for (var i = 0; i < 16; i++)
                {
                    BinaryPrimitives.WriteInt64LittleEndian(message, published++);
                    if (floods[0].Append(message) is { } rejection)
                        throw new InvalidOperationException(rejection.Message);
                }
            }
            await watched.WaitFor(published);
            while ((await Totals()).Slowest < published) await Task.Yield();
        }

        async Task<(long Delivered, long Duplicates, long Slowest)> Totals()
        {
            var stats = await Task.WhenAll(floods.Select(flood => flood.StatsAsync()));
            if (stats.Any(s => s.Delivered > published || s.Skipped > 0))
                throw new InvalidOperationException("a node took a message twice, or skipped some");
            return (stats.Sum(s => s.Delivered), stats.Sum(s => s.Duplicates), stats.Skip(1).Min(s => s.Delivered));
        }
    }

    public static string Format(InProcessResult result)
    {
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"{result.Machine}")
            .AppendLine(CultureInfo.InvariantCulture, $"`{result.Command}`").AppendLine();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{result.Options.Nodes} nodes, {result.Links} links, {result.Options.Size} B, "
            + $"message-id {result.Options.MessageId}; peak {result.PeakMiB:N0} MiB").AppendLine();
        var table = new Table("run", "messages", "receives/s", "new/s", "receives/message", "CPU ns/receive");
        var number = 1;
        foreach (var run in result.Runs)
            table.Add(
                $"{number++}", Table.Number(run.Messages), Table.Number(run.ReceivesPerSecond),
                Table.Number(run.NewPerSecond), Table.Number(run.ReceivesPerMessage),
                Table.Number(run.CpuNanosecondsPerReceive));
        table.Add(
            "median", "", Table.Number(result.ReceivesPerSecond),
            Table.Number(Statistics.Median(result.Runs.Select(r => r.NewPerSecond))), "",
            Table.Number(Statistics.Median(result.Runs.Select(r => r.CpuNanosecondsPerReceive))));
        return text.Append(table).ToString();
    }

    private static Flood[] Start(ActorSystem system, InProcessOptions options, Watch watched)
    {
        var every = Math.Max(1, (options.Nodes - 1) / Watched);
        return Enumerable.Range(0, options.Nodes).Select(i =>
        {
            var place = i > 0 && i % every == 0 && i / every <= Watched ? (i / every) - 1 : -1;
            var callbacks = place < 0 ? null : new FloodCallbacks { OnMessage = _ => watched.Count(place) };
            return Flood.Start(system, callbacks, settings => settings with
            {
                NodeName = $"n{i}",
                MessageId = Enum.Parse<MessageIdMode>(options.MessageId, ignoreCase: true),
                // A thousand windows of a million ids would be 48 GB; four thousand are enough for what is under way
                // here.
                SeenMaxCount = 4096,
            }, $"n{i}");
        }).ToArray();
    }

    /// <summary>How many messages the watched nodes have.</summary>
    private sealed class Watch(int size)
    {
        private readonly long[] _counts = new long[size * 8]; // a cache line each
        private readonly SemaphoreSlim _changed = new(0, 1);

        public void Count(int place)
        {
            Interlocked.Increment(ref _counts[place * 8]);
            if (_changed.CurrentCount > 0) return;
            try
            {
                _changed.Release();
            }
            catch (SemaphoreFullException)
            {
                // Another node was faster: the publisher wakes all the same.
            }
        }

        public async Task WaitFor(long count)
        {
            while (Slowest() < count) await _changed.WaitAsync();
        }

        private long Slowest()
        {
            var slowest = long.MaxValue;
            for (var i = 0; i < size; i++) slowest = Math.Min(slowest, Volatile.Read(ref _counts[i * 8]));
            return slowest;
        }
    }
}
