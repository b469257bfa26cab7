using System.Diagnostics;
using FloodActors.Benchmarks.Common;

namespace FloodActors.Benchmarks.Topics;

/// <summary>What was counted since a window was opened. One thread counts, another opens and reads.</summary>
internal sealed class KeysWindow
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<double>> _times = [];
    private long _start = Stopwatch.GetTimestamp();
    private long _count;

    public void Open()
    {
        lock (_gate)
        {
            _times.Clear();
            _count = 0;
            _start = Stopwatch.GetTimestamp();
        }
    }

    public void Count()
    {
        lock (_gate) _count++;
    }

    /// <param name="what">What took that long.</param>
    /// <param name="ticks">Of <see cref="Stopwatch"/>.</param>
    public void Note(string what, long ticks)
    {
        lock (_gate)
        {
            if (!_times.TryGetValue(what, out var times)) _times[what] = times = new List<double>(1 << 16);
            times.Add(ticks * 1000.0 / Stopwatch.Frequency);
        }
    }

    /// <summary>How many there were in how many seconds, and the median, p99 and greatest of each time in ms.</summary>
    public (long Count, double Seconds, Dictionary<string, double> Times) Read()
    {
        lock (_gate)
        {
            var times = new Dictionary<string, double>();
            foreach (var (what, noted) in _times)
            {
                var sorted = noted.Order().ToArray();
                times[$"{what}-p50"] = Statistics.Percentile(sorted, 0.5);
                times[$"{what}-p99"] = Statistics.Percentile(sorted, 0.99);
                times[$"{what}-max"] = sorted[^1];
            }
            return (_count, Stopwatch.GetElapsedTime(_start).TotalSeconds, times);
        }
    }
}
