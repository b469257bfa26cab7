using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FloodActors.Benchmarks.Systems;

namespace FloodActors.Benchmarks.Processes;

/// <summary>
/// At a receiver: looks at every message. The numbers must come without a gap, a repetition or a swap: then every
/// message came exactly once. The first that does not fit fails the run.
/// </summary>
internal sealed class Receiver : IReceiver, IDisposable
{
    private readonly Setup _setup;
    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly NetworkStream _stream;
    private readonly byte[] _report = new byte[sizeof(long)];
    private readonly List<long>? _delays;
    private long _count;
    private long _noteFrom = long.MaxValue;

    public Receiver(Setup setup)
    {
        _setup = setup;
        _client.Connect(IPAddress.Loopback, setup.ProgressPort);
        _stream = _client.GetStream();
        Send(setup.Index - 1);
        if (setup.Latency) _delays = new List<long>(1 << 16);
    }

    /// <summary>What was wrong, or null.</summary>
    public string? Problem { get; private set; }

    public long Count => Volatile.Read(ref _count);

    /// <summary>Delays are noted from this message on; those before it were for warming up.</summary>
    public void NoteFrom(long number) => Volatile.Write(ref _noteFrom, number);

    /// <summary>
    /// Microseconds from just before publishing to here, sorted. Both ends read the same monotonic clock.
    /// </summary>
    public double[] Delays() => (_delays ?? []).Select(ticks => ticks * 1e6 / Stopwatch.Frequency).Order().ToArray();

    public void OnMessage(ReadOnlySpan<byte> message)
    {
        var now = _delays is null ? 0 : Stopwatch.GetTimestamp();
        var number = TestMessage.Number(message);
        if (number < 0)
        {
            Send(ProgressServer.Probed);
            return;
        }
        if (number != _count || message.Length != _setup.Size)
        {
            if (Problem is not null) return;
            Problem =
                $"got message {number} of {message.Length} bytes where {_count} of {_setup.Size} bytes was to come";
            Send(ProgressServer.Failed);
            return;
        }
        if (number >= Volatile.Read(ref _noteFrom)) _delays?.Add(now - TestMessage.Timestamp(message));
        Volatile.Write(ref _count, number + 1);
        if (_count % _setup.ReportEvery == 0) Send(_count);
    }

    public void Dispose() => _client.Dispose();

    private void Send(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_report, value);
        _stream.Write(_report);
    }
}
