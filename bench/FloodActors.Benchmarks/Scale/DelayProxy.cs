using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace FloodActors.Benchmarks.Scale;

/// <summary>
/// A way between two places: what comes over a connection goes on to a port of this machine so much later, in both
/// directions and at any speed. Dialling takes as long as it does without it.
/// </summary>
internal sealed class DelayProxy : IDisposable
{
    private const int ChunksUnderWay = 10_000;
    private const int ChunkSize = 64 << 10;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly long _delay; // in ticks of the stopwatch

    public DelayProxy(int target, TimeSpan delay)
    {
        (_target, _delay) = (target, (long)(delay.TotalSeconds * Stopwatch.Frequency));
        _listener.Start();
        StartThread(Accept);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Takes no further connections. Those there are end with their ends.</summary>
    public void Dispose() => _listener.Stop();

    private static void StartThread(ThreadStart work) => new Thread(() =>
    {
        try
        {
            work();
        }
        catch (Exception e) when (
            e is IOException or SocketException or ObjectDisposedException or ChannelClosedException)
        {
            // An end is gone; what is lost by that, the nodes report.
        }
    })
    { IsBackground = true, Name = "proxy" }.Start();

    private void Accept()
    {
        while (true)
        {
            var near = _listener.AcceptTcpClient();
            var far = new TcpClient();
            far.Connect(IPAddress.Loopback, _target);
            near.NoDelay = far.NoDelay = true;
            Carry(near, far);
            Carry(far, near);
        }
    }

    private void Carry(TcpClient from, TcpClient to)
    {
        // Bounded: beyond it the sender waits, as on a long way with a small window.
        var chunks = Channel.CreateBounded<(long Due, byte[] Bytes)>(ChunksUnderWay);
        StartThread(() =>
        {
            var buffer = new byte[ChunkSize];
            try
            {
                while (from.Client.Receive(buffer) is var read and > 0)
                {
                    var due = Stopwatch.GetTimestamp() + _delay;
                    if (!chunks.Writer.TryWrite((due, buffer[..read])))
                        chunks.Writer.WriteAsync((due, buffer[..read])).AsTask().GetAwaiter().GetResult();
                }
            }
            finally
            {
                chunks.Writer.TryComplete();
            }
        });
        StartThread(() =>
        {
            try
            {
                while (chunks.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
                {
                    while (chunks.Reader.TryRead(out var chunk))
                    {
                        AwaitTime(chunk.Due);
                        to.Client.Send(chunk.Bytes);
                    }
                }
            }
            finally
            {
                to.Close();
            }
        });
    }

    private static void AwaitTime(long due)
    {
        while (due - Stopwatch.GetTimestamp() is var early and > 0)
            Thread.Sleep(Math.Max(1, (int)(early * 1000 / Stopwatch.Frequency)));
    }
}
