using System.Diagnostics;
using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using FloodActors.Benchmarks.Common;
using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Payloads;
using FloodActors.Wire;

namespace FloodActors.Benchmarks.Memory;

/// <summary>What something costs in managed memory, by the difference of the live heap before and after.</summary>
internal sealed record MemoryRow(string What, long Count, double BytesEach, double TotalBytes, string Note);

internal sealed record MemoryResult(string Command, Machine Machine, IReadOnlyList<MemoryRow> Rows);

/// <summary>
/// Bytes per buffered message, per peer, per seen id; and the sequence seen-set with its 10^8 messages, every one
/// checked.
/// </summary>
internal static class MemoryCommand
{
    private static readonly Origin Self = new(1, "node", "");

    private const ulong Salt = 1;
    private const long AnHour = 3_600_000;

    public static async Task<MemoryResult> Run(long sequenceMessages, int origins, string command)
    {
        var rows = new List<MemoryRow>
        {
            BufferedMessages(16),
            BufferedMessages(100),
            BufferedMessages(1000),
            Cursors(),
        };
        rows.Add(await Links());
        rows.Add(SeenIds());
        rows.Add(SeenOrigins());
        foreach (var size in new[] { 100, 1000 })
            foreach (var sequence in new[] { false, true }) rows.Add(FrameOverhead(size, sequence));
        rows.Add(SequenceHistory(sequenceMessages, origins));
        return new MemoryResult(command, Machine.This(), rows);
    }

    public static string Format(MemoryResult result)
    {
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"{result.Machine}")
            .AppendLine(CultureInfo.InvariantCulture, $"`{result.Command}`").AppendLine();
        var table = new Table("what", "count", "bytes each", "total bytes", "note");
        foreach (var row in result.Rows)
            table.Add(
                row.What, Table.Number(row.Count), Table.Number(row.BytesEach), Table.Number(row.TotalBytes), row.Note);
        return text.Append(table).ToString();
    }

    /// <summary>
    /// Messages as they come from a peer: body packed into slabs, message object, log slot and seen id.
    /// </summary>
    private static MemoryRow BufferedMessages(int size)
    {
        const int count = 100_000;
        var settings = new FloodSettings { Capacity = count, CapacityBytes = 1L << 40 };
        return Measure($"buffered message, {size} B", count, "body, message, place in the log, seen id", () =>
        {
            var state = new FloodState(settings, Self, new SeenWindow(settings.SeenMaxCount, AnHour, Salt));
            var peer = state.Connect("peer", 2);
            var batch = new ReceivedBatch { Entries = new LinkEntry[500], Count = 500 };
            var entries = batch.Entries;
            for (var i = 0; i < count; i += entries.Length)
            {
                for (var k = 0; k < entries.Length; k++)
                    entries[k] = new LinkEntry(
                        RecordType.Message, new MessageId(7, (ulong)(i + k)), PayloadKind.Bytes, 1, new byte[size])
                    {
                        Author = Self,
                    };
                batch.Next = 0;
                state.Receive(peer, batch, new FloodTime(i, i));
                state.Trim();
            }
            return state;
        });
    }

    private static MemoryRow Cursors()
    {
        const int count = 60_000;
        return Measure("peer's cursor", count, "what is kept of a peer that went away, for peer-grace", () =>
        {
            var state = new FloodState(
                new FloodSettings { MaxPeers = count }, Self, new SeenWindow(1000, AnHour, Salt));
            for (var i = 0; i < count; i++) state.Connect($"host-{i:d6}:4053", (ulong)i);
            return state;
        });
    }

    /// <summary>
    /// Idle links between floods of one process; each link has two ends, so half of a link is a peer.
    /// </summary>
    private static async Task<MemoryRow> Links()
    {
        const int peers = 500;
        var system = ActorSystem.Create(
            "bench", ConfigurationFactory.ParseString("akka { loglevel = WARNING, stdout-loglevel = OFF }"));
        Flood Start(int i) => Flood.Start(system, null, s => s with { NodeName = $"n{i}", MaxPeers = peers }, $"n{i}");
        var hub = Start(0);
        var others = Enumerable.Range(1, peers).Select(Start).ToList();
        foreach (var other in others) await other.StatsAsync();
        await hub.StatsAsync();
        var before = Live();
        foreach (var other in others) await other.ConnectAsync(hub.Actor);
        await hub.WhenConnected(peers);
        var bytes = Live() - before;
        await system.Terminate();
        return new MemoryRow(
            "connected peer, idle", peers, bytes / 2.0 / peers, bytes / 2.0, "actor, link, cursor, timer, at one end");
    }

    private static MemoryRow SeenIds()
    {
        const int count = 1_000_000;
        return Measure("seen id, content", count, "a full window of flood.seen.max-count", () =>
        {
            var seen = new SeenWindow(count, AnHour, Salt);
            for (var i = 0; i < count * 2; i++)
                seen.TryAdd(new MessageId(Mix((ulong)i), (ulong)i), SeenSet.NoPosition, i / 1000, out _);
            return seen;
        });
    }

    /// <summary>
    /// What a full frame holds beyond payloads, per message: the flood's own cost on the wire, computed by encoding
    /// one. Akka.Remote's envelope, once for each frame, and TCP come on top; <c>processes</c> measures with them.
    /// </summary>
    private static MemoryRow FrameOverhead(int size, bool sequence)
    {
        const int maxFrame = 60_000;
        const ulong firstNumber = 1_000_000;
        var writer = new RecordWriter(sequence);
        LinkRecord Record(ulong number) =>
            new(new FloodMessage(
                new MessageId(7, firstNumber + number), PayloadKind.Bytes, new byte[size], Self, 0, 0, null, 0, null));
        writer.Begin(maxFrame);
        ulong count = 0;
        // As many as fit whole: a message that goes on in the next frame would count half.
        while (writer.Length + size + RecordWriter.MaxHeader < maxFrame - LinkCodec.FrameHeader
            && writer.Write(Record(count)))
            count++;
        var frame = writer.ToFrame(Salt, 1000, new Confirmed(1000, 1000, 1000), false);
        var beyond = frame.Bytes!.Length - ((long)count * size);
        return new MemoryRow(
            $"frame bytes beyond payload, {size} B, {(sequence ? "sequence" : "content")}", (long)count,
            (double)beyond / count, beyond, "in a full frame, its header included");
    }

    private static MemoryRow SeenOrigins()
    {
        const int count = 100_000;
        return Measure("origin, sequence", count, "without gaps", () =>
        {
            var seen = new SeenIntervals(ulong.MaxValue, count, 1024, AnHour, Salt);
            for (var i = 0; i < count; i++)
                seen.TryAdd(new MessageId(Mix((ulong)i), 1), SeenSet.NoPosition, i / 1000, out _);
            return seen;
        });
    }

    /// <summary>
    /// Origins send in turns, each stream a little out of order, as several paths make it. Every message must be new
    /// exactly once; then messages from all over the history are asked for again, and the next of each origin, which
    /// must not be known.
    /// </summary>
    private static MemoryRow SequenceHistory(long messages, int origins)
    {
        var start = Stopwatch.GetTimestamp();
        var each = messages / origins;
        var what = $"sequence history, {origins:N0} origins";
        var row = Measure(what, messages, "every message new exactly once, checked", () =>
        {
            var seen = new SeenIntervals(ulong.MaxValue, origins, 1024, AnHour, Salt);
            for (long i = 0; i < each; i += 2)
            {
                for (var origin = 0; origin < origins; origin++)
                {
                    // The second of each pair comes first: a gap that the next one fills.
                    if (i + 1 < each) Must(seen, origin, i + 2, SeenResult.New);
                    Must(seen, origin, i + 1, SeenResult.New);
                }
                if (i % 1000 == 0) Report.Progress($"sequence: {(double)i * origins:N0} of {messages:N0}");
            }
            var random = new Random(1);
            for (var i = 0; i < 1_000_000; i++)
                Must(seen, random.Next(origins), 1 + random.NextInt64(each), SeenResult.Duplicate);
            for (var origin = 0; origin < origins; origin++)
                if (seen.Contains(IdOf(origin, each + 1), 0, out _))
                    throw new InvalidOperationException("knows a message that never came");
            if (seen.ClosedGapIds > 0 || seen.ForgottenOrigins > 0)
                throw new InvalidOperationException("closed a gap or forgot an origin");
            return seen;
        });
        return row with { Note = $"{row.Note}; {Stopwatch.GetElapsedTime(start).TotalSeconds:N0} s" };
    }

    private static void Must(SeenIntervals seen, int origin, long number, SeenResult expected)
    {
        var result = seen.TryAdd(IdOf(origin, number), SeenSet.NoPosition, 0, out _);
        if (result != expected)
            throw new InvalidOperationException($"origin {origin}, message {number}: {result} instead of {expected}");
    }

    private static MessageId IdOf(int origin, long number) => new(Mix((ulong)origin), (ulong)number);

    private static MemoryRow Measure(string what, long count, string note, Func<object> create)
    {
        Report.Progress(what);
        var before = Live();
        var created = create();
        var bytes = Live() - before;
        GC.KeepAlive(created);
        return new MemoryRow(what, count, (double)bytes / count, bytes, note);
    }

    private static long Live() => GC.GetTotalMemory(forceFullCollection: true);

    private static ulong Mix(ulong x)
    {
        x = (x + 0x9E3779B97F4A7C15UL) * 0xBF58476D1CE4E5B9UL;
        return x ^ (x >> 31);
    }
}
