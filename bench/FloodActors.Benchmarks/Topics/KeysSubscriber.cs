using System.Diagnostics;
using FloodActors.Benchmarks.Processes;

namespace FloodActors.Benchmarks.Topics;

/// <summary>
/// Takes about 1,000 values a second. Notes how old a value is when it is read, and how old the value that it replaces
/// has become: that is the most by which the reader's view of the key was behind. Both processes read one monotonic
/// clock.
/// </summary>
internal sealed class KeysSubscriber
{
    private const int PerSecond = 1000;

    private readonly KeysWindow _window = new();
    private readonly Dictionary<string, long> _held = [];
    private long _first;
    private long _taken;

    public void Open() => _window.Open();

    public void OnMessage(TopicMessage<Price> message)
    {
        var now = Stopwatch.GetTimestamp();
        if (_taken++ == 0) _first = now;
        _window.Note("age", now - message.Value.At);
        if (_held.TryGetValue(message.Value.Symbol, out var before)) _window.Note("held", now - before);
        _held[message.Value.Symbol] = message.Value.At;
        _window.Count();
        while (_taken > Stopwatch.GetElapsedTime(_first).TotalSeconds * PerSecond) Thread.Sleep(1);
    }

    public WorkerEvent Tally()
    {
        var (taken, seconds, times) = _window.Read();
        return new WorkerEvent("tally") { Messages = taken, Seconds = seconds, Counters = times };
    }
}
