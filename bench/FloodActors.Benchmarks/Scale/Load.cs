using System.Diagnostics;
using FloodActors.Benchmarks.Systems;

namespace FloodActors.Benchmarks.Scale;

/// <summary>
/// Publishes at a rate, on a thread of its own: an open loop, so message n goes at its time or as soon after as the
/// thread gets to run, whatever became of those before it.
/// </summary>
internal sealed class Load
{
    private readonly object _gate = new();
    private readonly Setup _setup;
    private readonly IMessageSystem _system;
    private readonly byte[] _message;
    private int _window;
    private double _rate;
    private long _start;
    private int _number;

    public Load(Setup setup, IMessageSystem system)
    {
        (_setup, _system, _message) = (setup, system, TestMessage.Template(setup.Size));
        new Thread(Run) { IsBackground = true, Name = "load" }.Start();
    }

    /// <summary>Messages of the window that the system accepted.</summary>
    public long Published { get; private set; }

    /// <summary>Messages of the window that it did not.</summary>
    public long Refused { get; private set; }

    /// <summary>From now on, so many messages a second; a window that is new begins to count.</summary>
    public void Set(int window, double rate)
    {
        lock (_gate)
        {
            if (window != _window) (_window, _number, Published, Refused) = (window, 0, 0, 0);
            // The nodes take turns: together they publish evenly.
            var share = rate > 0 ? (double)_setup.Index / _setup.Nodes / rate : 0;
            _start = Stopwatch.GetTimestamp() + (long)(share * Stopwatch.Frequency)
                - (rate > 0 ? (long)(_number / rate * Stopwatch.Frequency) : 0);
            _rate = rate;
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        lock (_gate)
        {
            while (true)
            {
                if (_rate == 0)
                {
                    Monitor.Wait(_gate);
                    continue;
                }
                var early = (_number / _rate) - ((double)(Stopwatch.GetTimestamp() - _start) / Stopwatch.Frequency);
                if (early > 0)
                {
                    Monitor.Wait(_gate, Math.Max(1, (int)(early * 1000)));
                    continue;
                }
                Publish(new Ticket(_window, _setup.Index, _number++));
            }
        }
    }

    private void Publish(Ticket ticket)
    {
        TestMessage.Stamp(_message, ticket.ToNumber(), Stopwatch.GetTimestamp());
        try
        {
            _system.Publish(_message);
            _system.Flush();
            Published++;
        }
        catch (InvalidOperationException)
        {
            Refused++;
        }
    }
}
