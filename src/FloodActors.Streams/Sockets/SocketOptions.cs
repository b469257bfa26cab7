using System.Net;
using System.Net.Sockets;
using Akka.IO;

namespace FloodActors.Streams.Sockets;

/// <summary>
/// Has the system probe a connection on which nothing is sent, so that a peer whose machine is gone does not keep its
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
/// Has <c>[::]</c> listen on the IPv4 addresses of the machine as well, as it does for most programs.
/// </summary>
internal sealed class BothFamilies(IPEndPoint endPoint) : Inet.SocketOption
{
    public override void BeforeServerSocketBind(Socket ss)
    {
        if (endPoint.Address.Equals(IPAddress.IPv6Any)) ss.DualMode = true;
    }
}
