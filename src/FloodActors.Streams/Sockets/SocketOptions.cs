using System.Net;
using System.Net.Sockets;
using Akka.IO;

namespace FloodActors.Streams.Sockets;

/// <summary>
/// Makes the system probe an idle connection, so that a peer whose machine is gone does not keep its
/// place for ever.
/// </summary>
internal sealed class ProbeWhenIdle : Inet.SocketOption
{
    private const int FirstAfterSeconds = 30;
    private const int EverySeconds = 10;
    private const int Failures = 3;

    public override void AfterConnect(Socket s)
    {
        s.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        s.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, FirstAfterSeconds);
        s.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, EverySeconds);
        s.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Failures);
    }
}

/// <summary>
/// Makes <c>[::]</c> listen on the machine's IPv4 addresses as well, as in most programs.
/// </summary>
internal sealed class BothFamilies(IPEndPoint endPoint) : Inet.SocketOption
{
    public override void BeforeServerSocketBind(Socket ss)
    {
        if (endPoint.Address.Equals(IPAddress.IPv6Any)) ss.DualMode = true;
    }
}
