using FloodActors.Core;

namespace FloodActors.Tests.Core;

/// <summary>
/// A message now and then, for months: the log stays full, the seen-set stays small, and its few buckets are used over
/// and over again.
/// </summary>
public class QuietFloodTests
{
    private const long Minute = 60_000;
    private const long Age = 60 * Minute;
    private const int Tick = AgedTable<long>.TickMs;

    public static TheoryData<int> Capacities { get; } = [.. Enumerable.Range(1, 20), 27, 33, 49, 50, 64, 80, 99, 100];

    [Theory]
    [MemberData(nameof(Capacities))]
    public void A_quiet_flood_by_content_runs_for_months(int capacity) => Endless.Not(() =>
    {
        var random = new Random(capacity);
        foreach (var maxCount in new[] { 1, capacity, 1000 })
        {
            var seen = new SeenWindow(maxCount, Age, (ulong)random.NextInt64());
            var log = new Queue<MessageId>();
            var resting = new LinkedList<(MessageId Id, long Since)>();
            var now = 0L;
            for (var position = 0L; position < 12_000; position++)
            {
                now += random.NextInt64(5 * Minute, 60 * Minute);
                var id = new MessageId((ulong)random.NextInt64(), (ulong)random.NextInt64());
                Assert.Equal(SeenResult.New, seen.TryAdd(id, position, now, out _));
                log.Enqueue(id);
                if (log.Count > capacity)
                {
                    var left = log.Dequeue();
                    seen.LeftLog(left);
                    resting.AddLast((left, now / Tick));
                }
                while (resting.Count > maxCount || (resting.First is { } first && IsTooOld(first.Value.Since)))
                    resting.RemoveFirst();
                // What is in the log and what has just left it come again from a slow neighbour, and something nobody
                // has seen is asked for.
                Assert.Equal(SeenResult.Duplicate, seen.TryAdd(log.Peek(), position, now, out var known));
                Assert.Equal(position - log.Count + 1, known);
                if (resting.Last is { } last) Assert.True(seen.Contains(last.Value.Id, now, out _), Say());
                Assert.False(seen.Contains(new MessageId(id.Low, id.High), now, out _), Say());
                Assert.Equal(log.Count, seen.InLog);
                Assert.InRange(seen.Count, log.Count + resting.Count, log.Count + maxCount);

                bool IsTooOld(long since) => (now / Tick) - since > (Age + Tick - 1) / Tick;

                string Say() => $"capacity {capacity}, max-count {maxCount}, position {position}";
            }
        }
    });

    [Theory]
    [MemberData(nameof(Capacities))]
    public void A_quiet_flood_by_sequence_runs_for_months(int capacity) => Endless.Not(() =>
    {
        var random = new Random(capacity);
        foreach (var maxOrigins in new[] { capacity + 1, 2 * capacity + 16 })
        {
            var seen = new SeenIntervals(0, maxOrigins, 2, Age, (ulong)random.NextInt64());
            var log = new Queue<MessageId>();
            var now = 0L;
            for (var position = 0L; position < 12_000; position++)
            {
                now += random.NextInt64(5 * Minute, 60 * Minute);
                // Whoever speaks has just started: as many origins as messages.
                var id = new MessageId((ulong)random.NextInt64(), (ulong)random.Next(1, 4));
                var result = seen.TryAdd(id, position, now, out _);
                if (result == SeenResult.New)
                    log.Enqueue(id);
                else
                    Assert.True(result == SeenResult.Full && seen.Count == maxOrigins, $"{result} at {position}");
                if (log.Count > capacity) seen.LeftLog(log.Dequeue());
                foreach (var known in log) Assert.True(seen.Contains(known, now, out _));
                Assert.Equal(log.Count, seen.InLog);
                Assert.InRange(seen.Count, 1, maxOrigins);
            }
        }
    });
}
