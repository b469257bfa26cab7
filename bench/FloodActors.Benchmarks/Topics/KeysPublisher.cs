using System.Diagnostics;
using FloodActors.Benchmarks.Processes;

namespace FloodActors.Benchmarks.Topics;

/// <summary>Sets keys, one after the other, so many a second.</summary>
internal sealed class KeysPublisher(FloodTopic<Price> prices, double rate)
{
    public const int Keys = 1000;

    private const int OneAwaitedIn = 100;

    private readonly KeysWindow _window = new();
    private readonly string[] _names = [.. Enumerable.Range(0, Keys).Select(i => $"key-{i}")];
    private volatile string? _problem;

    public void Start() => new Thread(Set) { IsBackground = true, Name = "publisher" }.Start();

    public void Open() => _window.Open();

    public WorkerEvent Tally()
    {
        var (set, seconds, times) = _window.Read();
        return new WorkerEvent("tally") { Published = set, Seconds = seconds, Counters = times, Problem = _problem };
    }

    private void Set()
    {
        var start = Stopwatch.GetTimestamp();
        for (var set = 0L; _problem is null;)
        {
            if (set > Stopwatch.GetElapsedTime(start).TotalSeconds * rate)
            {
                Thread.Sleep(1);
                continue;
            }
            var now = Stopwatch.GetTimestamp();
            var value = new Price(_names[set % Keys], 1.0954m, now);
            if (set++ % OneAwaitedIn > 0)
            {
                _problem = prices.Append(value, value.Symbol)?.Message;
            }
            else
            {
                if (prices.AppendAsync(value, value.Symbol).GetAwaiter().GetResult() is Rejected rejected)
                    _problem = rejected.Rejection.Message;
                _window.Note("append", Stopwatch.GetTimestamp() - now);
            }
            _window.Count();
        }
    }
}
