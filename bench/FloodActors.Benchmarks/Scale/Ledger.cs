using System.Diagnostics;
using FloodActors.Benchmarks.Systems;

namespace FloodActors.Benchmarks.Scale;

/// <summary>At a node: which messages came, how often, and how long they took.</summary>
/// <param name="self">The node; what it published itself does not count.</param>
internal sealed class Ledger(int self) : IReceiver
{
    private readonly object _gate = new();
    private readonly HashSet<int> _heard = [];
    private readonly Dictionary<int, Notes> _windows = [];
    private int _window;
    private long _total;

    /// <summary>Messages of other nodes, repetitions included.</summary>
    public long Total
    {
        get
        {
            lock (_gate) return _total;
        }
    }

    /// <summary>Other nodes from which something came.</summary>
    public int Heard
    {
        get
        {
            lock (_gate) return _heard.Count;
        }
    }

    public void OnMessage(ReadOnlySpan<byte> message) => Take(
        Ticket.Of(TestMessage.Number(message)), Stopwatch.GetTimestamp() - TestMessage.Timestamp(message));

    public void Take(Ticket ticket, long ticks)
    {
        if (ticket.Origin == self) return;
        lock (_gate)
        {
            _total++;
            _heard.Add(ticket.Origin);
            if (ticket.Window < _window) return;
            // Others may be told of a window first.
            if (!_windows.TryGetValue(ticket.Window, out var notes)) _windows[ticket.Window] = notes = new Notes();
            if (notes.Seen.Add(ticket.ToNumber())) notes.Delays.Add(ticks);
            else notes.Duplicates++;
        }
    }

    /// <summary>What was noted of windows before this one is forgotten.</summary>
    public void Open(int window)
    {
        lock (_gate)
        {
            _window = window;
            foreach (var old in _windows.Keys.Where(other => other < window).ToList()) _windows.Remove(old);
        }
    }

    /// <summary>Of the open window: repetitions, and the delay of each message in microseconds, sorted.</summary>
    public (long Duplicates, double[] Delays) Tally()
    {
        lock (_gate)
        {
            if (!_windows.TryGetValue(_window, out var notes)) return (0, []);
            return (notes.Duplicates, [.. notes.Delays.Select(ticks => ticks * 1e6 / Stopwatch.Frequency).Order()]);
        }
    }

    private sealed class Notes
    {
        public HashSet<long> Seen { get; } = [];

        public List<long> Delays { get; } = [];

        public long Duplicates { get; set; }
    }
}
