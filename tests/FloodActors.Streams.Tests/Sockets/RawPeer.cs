using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FloodActors.Streams.Tests.Sockets;

/// <summary>A bare socket: sends what no JavaScript peer would.</summary>
internal sealed class RawPeer : IDisposable
{
    private readonly Socket _socket;

    private RawPeer(Socket socket) => _socket = socket;

    public string Id => _socket.LocalEndPoint!.ToString()!;

    public static async Task<RawPeer> ConnectAsync(IPEndPoint to, int? receiveBuffer = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (receiveBuffer is { } size) socket.ReceiveBufferSize = size;
        await socket.ConnectAsync(to);
        return new RawPeer(socket);
    }

    /// <summary>
    /// Connects, and does not mind when the other side resets the connection at once. Answers null then.
    /// </summary>
    public static async Task<RawPeer?> KnockAsync(IPEndPoint to)
    {
        try
        {
            return await ConnectAsync(to);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return null;
        }
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[await _socket.SendAsync(bytes)..];
    }

    /// <summary>Sends until so many bytes are out or the other side has enough.</summary>
    public async Task<long> FloodAsync(ReadOnlyMemory<byte> chunk, long most)
    {
        var sent = 0L;
        try
        {
            for (; sent < most; sent += chunk.Length) await SendAsync(chunk);
        }
        catch (SocketException)
        {
            // Refused to read on: what the test is about. The caller looks at how much went out.
        }
        return sent;
    }

    /// <summary>Reads until the other side ends the connection.</summary>
    public async Task<string> ReadToEndAsync()
    {
        var all = new MemoryStream();
        var buffer = new byte[65536];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            int count;
            try
            {
                count = await _socket.ReceiveAsync(buffer, limit.Token);
            }
            catch (SocketException)
            {
                // Reset: an end as well.
                count = 0;
            }
            if (count == 0) return Encoding.UTF8.GetString(all.ToArray());
            all.Write(buffer, 0, count);
        }
    }

    public async Task<string> ReadAsync(Func<string, bool> until)
    {
        var text = new StringBuilder();
        var buffer = new byte[65536];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!until(text.ToString()))
        {
            var count = await _socket.ReceiveAsync(buffer, limit.Token);
            if (count == 0) break;
            text.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }
        return text.ToString();
    }

    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public void Finish() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _socket.Dispose();
}
