using BenchmarkDotNet.Attributes;
using FloodActors.Core;

namespace FloodActors.Benchmarks.Micro;

/// <summary>
/// The seen-set for content ids with so many ids in it, and full: a new one pushes the oldest out. Asked for at random,
/// as hashes come.
/// </summary>
public class SeenWindowBenchmarks
{
    private const int Batch = 1000;

    private readonly MessageId[] _known = new MessageId[Batch];
    private SeenWindow _seen = null!;
    private ulong _number;

    [Params(1000, 10_000, 100_000, 1_000_000, 10_000_000)]
    public int Count { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _seen = new SeenWindow(Count, 3_600_000, 1);
        for (var i = 0; i < Count + (Count / 10); i++) AddNew(1);
    }

    [GlobalSetup(Target = nameof(Duplicate))]
    public void SetupDuplicate()
    {
        Setup();
        var random = new Random(1);
        for (var i = 0; i < Batch; i++) _known[i] = IdOf(_number - (ulong)random.Next(Count / 2));
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void New() => AddNew(Batch);

    [Benchmark(OperationsPerInvoke = Batch)]
    public int Duplicate()
    {
        var duplicates = 0;
        foreach (var id in _known)
            if (_seen.TryAdd(id, SeenSet.NoPosition, 1, out _) == SeenResult.Duplicate) duplicates++;
        return duplicates == Batch ? duplicates : throw new InvalidOperationException("forgot one");
    }

    private void AddNew(int count)
    {
        for (var i = 0; i < count; i++) _seen.TryAdd(IdOf(++_number), SeenSet.NoPosition, 1, out _);
    }

    private static MessageId IdOf(ulong number) => new(number * 0x9E3779B97F4A7C15UL, number * 0xD6E8FEB86659FD93UL);
}

/// <summary>
/// The seen-set for sequence ids after so many messages of a thousand origins. Its size does not depend on them, and
/// that is what is to be seen.
/// </summary>
public class SeenIntervalsBenchmarks
{
    private const int Batch = 1000;
    private const int Origins = 1000;

    private SeenIntervals _seen = null!;
    private ulong _number;

    [Params(1000, 10_000, 100_000, 1_000_000, 10_000_000)]
    public int Count { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _seen = new SeenIntervals(1, Origins, 1024, 3_600_000, 1);
        for (var i = 0; i < Count; i += Batch) New();
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void New()
    {
        _number++;
        for (var origin = 0; origin < Batch; origin++)
            _seen.TryAdd(IdOf(origin, _number), SeenSet.NoPosition, 1, out _);
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void Duplicate()
    {
        for (var origin = 0; origin < Batch; origin++)
            _seen.TryAdd(IdOf(origin, _number), SeenSet.NoPosition, 1, out _);
    }

    private static MessageId IdOf(int origin, ulong number) => new((ulong)origin * 0x9E3779B97F4A7C15UL, number);
}
