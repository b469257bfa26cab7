using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FloodActors.Benchmarks.Processes;

/// <summary>
/// At the publisher: how far each receiver is. Receivers report over a connection of their own, eight bytes each few
/// hundred messages, so that every system is acknowledged in the same way, and none carries the acknowledgements of the
/// benchmark.
/// </summary>
internal sealed class ProgressServer : IDisposable
{
    /// <summary>A receiver found a message missing, repeated or out of order.</summary>
    public const long Failed = -2;

    /// <summary>A receiver got a probe.</summary>
    public const long Probed = -1;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly object _gate = new();
    private readonly long[] _counts;
    private readonly bool[] _probed;
    private long _slowest;
    private int _failed = -1;

    public ProgressServer(int receivers)
    {
        _counts = new long[receivers];
        _probed = new bool[receivers];
        _listener.Start();
        for (var i = 0; i < receivers; i++) new Thread(Serve) { IsBackground = true, Name = "progress" }.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What the slowest receiver has.</summary>
    public long Slowest => Volatile.Read(ref _slowest);

    /// <summary>Waits until every receiver has so many; false after a time without a report.</summary>
    public bool WaitFor(long count, TimeSpan patience)
    {
        lock (_gate)
        {
            while (_slowest < count)
            {
                if (_failed >= 0)
                    throw new InvalidOperationException(
                        $"receiver {_failed + 1} found a message missing, repeated or out of order");
                if (!Monitor.Wait(_gate, patience)) return false;
            }
            return true;
        }
    }

    /// <summary>Waits for a probe to have reached every receiver.</summary>
    public bool WaitForProbes(TimeSpan patience)
    {
        var deadline = DateTime.UtcNow + patience;
        lock (_gate)
        {
            while (!_probed.All(seen => seen))
            {
                var left = deadline - DateTime.UtcNow;
                if (left <= TimeSpan.Zero) return false;
                Monitor.Wait(_gate, left);
            }
            return true;
        }
    }

    public override string ToString()
    {
        lock (_gate) return string.Join(", ", _counts.Select((count, i) => $"receiver {i + 1}: {count}"));
    }

    public void Dispose() => _listener.Stop();

    private void Serve()
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        try
        {
            using var client = _listener.AcceptTcpClient();
            client.NoDelay = true;
            using var stream = client.GetStream();
            stream.ReadExactly(bytes);
            var receiver = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
            while (true)
            {
                stream.ReadExactly(bytes);
                Take(receiver, BinaryPrimitives.ReadInt64LittleEndian(bytes));
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The receiver ended, or we do. If messages are missing then, WaitFor says so.
        }
    }

    private void Take(int receiver, long count)
    {
        lock (_gate)
        {
            if (count == Failed) _failed = receiver;
            else if (count == Probed) _probed[receiver] = true;
            else _counts[receiver] = count;
            var slowest = _counts.Min();
            if (slowest == _slowest && count >= 0) return;
            Volatile.Write(ref _slowest, slowest);
            Monitor.PulseAll(_gate);
        }
    }
}
