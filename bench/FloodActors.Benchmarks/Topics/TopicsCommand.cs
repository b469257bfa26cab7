using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.PublishSubscribe;
using FloodActors.Benchmarks.Common;
using FloodActors.Benchmarks.Processes;
using FloodActors.Benchmarks.Systems;
using Network = FloodActors.Benchmarks.Systems.Remoting;

namespace FloodActors.Benchmarks.Topics;

/// <summary>What both systems carry, each with the serializer that its users have.</summary>
public sealed record Price(string Symbol, decimal Rate, long At);

[JsonSerializable(typeof(Price))]
internal sealed partial class PriceJson : JsonSerializerContext;

/// <summary>Values a second from one actor system to another.</summary>
internal sealed record TypedRow(string System, int Runs, double PerSecond);

/// <summary>A subscriber that is slower than the publisher.</summary>
internal sealed record KeysRow(
    string Where, double PublishedPerSecond, double TakenPerSecond, long Spared, double OldestMs, double LongestGapMs,
    double MemoryStartMb, double MemoryEndMb);

internal sealed record TopicsResult(
    string Command, Machine Machine, IReadOnlyList<TypedRow> Typed, IReadOnlyList<KeysRow> Keys);

/// <summary>
/// Typed topics next to DistributedPubSub, with the same record, run by run in turns: two actor systems in one process
/// over TCP. And keys: a publisher far ahead of its subscriber.
/// </summary>
internal static class TopicsCommand
{
    private const int Outstanding = 4096;
    private const int Keys = KeysPublisher.Keys;

    // Here systems end while others go on in the same process, and what Akka says of that would stand in the results.
    private const string Quiet = "akka.loglevel = OFF";

    public static async Task<TopicsResult> Run(int runs, double seconds, string command)
    {
        var rates = new Dictionary<string, List<double>> { ["flood"] = [], ["pubsub"] = [] };
        for (var run = 1; run <= runs; run++)
        {
            foreach (var (name, measured) in rates)
            {
                measured.Add(name == "flood" ? await Flooded(seconds) : await Published(seconds));
                Report.Progress($"typed, run {run}/{runs}, {name}: {Table.Number(measured[^1])} a second");
            }
        }
        KeysRow[] keys =
        [
            await Conflated("one node", remote: false, seconds), await Conflated("over TCP", remote: true, seconds),
        ];
        return new TopicsResult(
            command, Machine.This(),
            [.. rates.Select(rate => new TypedRow(rate.Key, runs, Statistics.Median(rate.Value)))], keys);
    }

    /// <summary>Typed topics with publisher and subscribers in processes of their own.</summary>
    public static Task<ProcessesResult> RunTyped(
        int runs, double seconds, IReadOnlyList<int> nodes, string command) => ProcessesCommand.Run(
        new ProcessesOptions
        {
            Systems = Contestant.Typed, Nodes = nodes, Sizes = [TypedMessage.Size], Runs = runs, Seconds = seconds,
            MessageId = "sequence",
        },
        command);

    public static string Format(TopicsResult result)
    {
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"{result.Machine}")
            .AppendLine(CultureInfo.InvariantCulture, $"`{result.Command}`").AppendLine();
        var typed = new Table("system", "runs", "records/s");
        foreach (var row in result.Typed) typed.Add(row.System, $"{row.Runs}", Table.Number(row.PerSecond));
        var keys = new Table(
            "1,000 keys", "set/s", "taken/s", "spared", "oldest value told, ms", "longest gap of a key, ms",
            "memory before, MB", "after, MB");
        foreach (var row in result.Keys)
        {
            keys.Add(
                row.Where, Table.Number(row.PublishedPerSecond), Table.Number(row.TakenPerSecond),
                Table.Number(row.Spared), Table.Number(row.OldestMs), Table.Number(row.LongestGapMs),
                Table.Number(row.MemoryStartMb), Table.Number(row.MemoryEndMb));
        }
        return text.Append(typed).AppendLine().Append(keys).ToString();
    }

    /// <summary>As between processes: nothing is handed over by reference.</summary>
    private static FloodSettings Between(FloodSettings settings) =>
        settings with { LocalFrames = false, MessageId = MessageIdMode.Sequence };

    private static async Task<double> Flooded(double seconds)
    {
        using var from = Network.Start("remote", Quiet);
        using var to = Network.Start("remote", Quiet);
        var (publisher, subscriber) = (Flood.Start(from, configure: Between), Flood.Start(to, configure: Between));
        await Link(publisher, subscriber);
        var counter = new Counter();
        await subscriber.Topic("prices", PriceJson.Default.Price)
            .Subscribe(to.ActorOf(Props.Create(() => new Counting(counter, null))));
        var prices = publisher.Topic("prices", PriceJson.Default.Price);
        var rate = await Measure(counter, seconds, price =>
        {
            if (prices.Append(price) is { } rejection) throw new InvalidOperationException(rejection.Message);
        });
        await publisher.LeaveAsync();
        await from.Terminate();
        await to.Terminate();
        return rate;
    }

    private static async Task Link(Flood from, Flood to)
    {
        if (await from.ConnectAsync(to.Actor) is ConnectRefused refused)
            throw new InvalidOperationException(refused.Reason);
    }

    private static async Task<double> Published(double seconds)
    {
        const string patient = $"{Quiet}\nakka.cluster.failure-detector.acceptable-heartbeat-pause = 60s";
        using var from = Network.Start("cluster", patient);
        using var to = Network.Start("cluster", patient);
        await Cluster.Get(from).JoinAsync(Network.AddressOf(from));
        await Cluster.Get(to).JoinAsync(Network.AddressOf(from));
        var counter = new Counter();
        var joined = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var receiver = to.ActorOf(Props.Create(() => new Counting(counter, joined)));
        DistributedPubSub.Get(to).Mediator.Tell(new Subscribe("prices", receiver), receiver);
        await joined.Task;
        var mediator = DistributedPubSub.Get(from).Mediator;
        // What is published before the registry has spread is lost.
        while (counter.Value == 0)
        {
            mediator.Tell(new Publish("prices", new Price("EUR/USD", 1, 0)), ActorRefs.NoSender);
            await Task.Delay(100);
        }
        var rate = await Measure(
            counter, seconds, price => mediator.Tell(new Publish("prices", price), ActorRefs.NoSender));
        await from.Terminate();
        await to.Terminate();
        return rate;
    }

    private static Task<double> Measure(Counter counter, double seconds, Action<Price> publish) => Task.Run(() =>
    {
        var (sent, begun) = (counter.Value, 0L);
        var (watch, start) = (Stopwatch.StartNew(), (Stopwatch?)null);
        // The first part is for the compiler.
        while (start is null || start.Elapsed.TotalSeconds < seconds)
        {
            if (start is null && watch.Elapsed.TotalSeconds > seconds / 2)
                (start, begun) = (Stopwatch.StartNew(), counter.Value);
            if (sent - counter.Value > Outstanding)
            {
                Thread.Yield();
                continue;
            }
            publish(new Price("EUR/USD", 1.0954m + (sent % 1000), sent));
            sent++;
        }
        return (counter.Value - begun) / start.Elapsed.TotalSeconds;
    });

    /// <summary>100,000 values a second over 1,000 keys, to a subscriber that takes about 1,000 a second.</summary>
    private static async Task<KeysRow> Conflated(string where, bool remote, double seconds)
    {
        seconds = Math.Max(10, seconds);
        using var from = Network.Start("remote", Quiet);
        using var to = remote ? Network.Start("remote", Quiet) : null;
        var publisher = Flood.Start(from, configure: Between);
        var subscriber = to is null ? publisher : Flood.Start(to, configure: Between);
        if (to is not null) await Link(publisher, subscriber);
        var (taken, spared, oldest, gap) = (0L, 0L, 0L, 0L);
        var last = new ConcurrentDictionary<string, long>();
        var watch = Stopwatch.StartNew();
        await subscriber.Topic("prices", PriceJson.Default.Price).Listen(
            message =>
            {
                var now = Stopwatch.GetTimestamp();
                oldest = Math.Max(oldest, now - message.Value.At);
                if (last.TryGetValue(message.Value.Symbol, out var before)) gap = Math.Max(gap, now - before);
                last[message.Value.Symbol] = now;
                taken++;
                while (taken > watch.Elapsed.TotalSeconds * 1000) Thread.Sleep(1);
            },
            happened => spared += happened is ValuesSpared values ? values.Count : 0);
        var prices = publisher.Topic("prices", PriceJson.Default.Price);
        var names = Enumerable.Range(0, Keys).Select(i => $"key-{i}").ToArray();
        var set = 0L;
        double Memory() => GC.GetTotalMemory(forceFullCollection: true) / 1e6;
        var (memory, settled) = (0.0, false);
        while (watch.Elapsed.TotalSeconds < seconds)
        {
            if (!settled && watch.Elapsed.TotalSeconds > seconds / 4) (settled, memory) = (true, Memory());
            if (set > watch.Elapsed.TotalSeconds * 100_000)
            {
                await Task.Delay(1);
                continue;
            }
            var value = new Price(names[set % Keys], 1.0954m, Stopwatch.GetTimestamp());
            // One in a hundred is awaited: the queue never fills.
            if (set++ % 100 == 0) await prices.AppendAsync(value, value.Symbol);
            else if (prices.Append(value, value.Symbol) is { } rejection)
                throw new InvalidOperationException(rejection.Message);
        }
        var elapsed = watch.Elapsed.TotalSeconds;
        var row = new KeysRow(
            where, set / elapsed, taken / elapsed, spared + (await publisher.StatsAsync()).SparedPeers,
            oldest * 1000.0 / Stopwatch.Frequency, gap * 1000.0 / Stopwatch.Frequency, memory, Memory());
        await publisher.LeaveAsync();
        await from.Terminate();
        if (to is not null) await to.Terminate();
        Report.Progress(
            $"keys, {where}: {Table.Number(row.PublishedPerSecond)} set a second, oldest told "
            + $"{Table.Number(row.OldestMs)} ms");
        return row;
    }

    private sealed class Counter
    {
        private long _value;

        public long Value => Volatile.Read(ref _value);

        public void Add() => Interlocked.Increment(ref _value);
    }

    private sealed class Counting(Counter counter, TaskCompletionSource? joined) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is SubscribeAck) joined?.TrySetResult();
            else if (message is TopicMessage<Price> or Price) counter.Add();
        }
    }
}
