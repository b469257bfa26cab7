using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Remote;
using FloodActors.Remoting;
using FloodActors.Wire;

namespace FloodActors.Tests.Actors;

/// <summary>
/// Dials that end in no TLS. Foreign certificates are tried between real processes, in FloodActors.Host.Tests.
/// </summary>
public sealed class TlsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("flood-tls-").FullName;
    private readonly string _tls;

    public TlsTests()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var path = Path.Combine(_directory, "node.pfx");
        File.WriteAllBytes(path, certificate.Export(X509ContentType.Pfx, "secret"));
        _tls =
            $$"""
            akka.remote.dot-netty.tcp {
              enable-ssl = on
              ssl { suppress-validation = on, certificate { path = "{{path}}", password = "secret" } }
            }
            """;
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Akka_alone_ends_a_system_that_dials_a_port_without_TLS()
    {
        using var port = new PlainPort();
        await using var node = TestNode.Start("node", _tls);
        _ = node.Flood.ConnectAsync(port.Address);
        await node.System.WhenTerminated.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_dialled_port_without_TLS_is_told_and_dialled_on_and_harms_nothing()
    {
        using var port = new PlainPort();
        await using var node = TestNode.Start("node", $"{FloodHardening.Dialling()}\n{_tls}");
        var dials = Dials.Of(node.System);
        dials.Add(port.Dialled);
        _ = node.Flood.ConnectAsync(port.Address);
        await Eventually.Holds(
            () =>
                node.Events.OfType<PeerUnreachable>()
                    .Any(e => e.Address.Contains(port.Address, StringComparison.Ordinal)),
            "it is told");
        await Eventually.Holds(() => port.Connections >= 3, "it is dialled again");
        await Eventually.Holds(
            () => dials.Find(port.Dialled)!.Problem?.Contains("TLS handshake failed", StringComparison.Ordinal) == true,
            "the reason is known");
        await LinksWithOthers(node);
    }

    [Fact]
    public async Task A_port_that_takes_connections_and_says_nothing_costs_one_connection_however_often_it_is_dialled()
    {
        using var port = new PlainPort(isSilent: true);
        await using var node = TestNode.Start(
            "node", $"akka.remote.handshake-timeout = 300ms\n{FloodHardening.Dialling()}\n{_tls}");
        var attempts = 0;
        var ear = node.System.ActorOf(
            Props.Create(() => new Counter<AssociationErrorEvent>(() => Interlocked.Increment(ref attempts))));
        node.System.EventStream.Subscribe(ear, typeof(AssociationErrorEvent));
        var dials = Dials.Of(node.System);
        dials.Add(port.Dialled);
        _ = node.Flood.ConnectAsync(port.Address);
        await Eventually.Holds(() => Volatile.Read(ref attempts) >= 5, "it is dialled again and again");
        Assert.Contains("sent nothing", dials.Find(port.Dialled)!.Problem, StringComparison.Ordinal);
        Assert.Equal(1, port.Connections);

        port.HangUp();
        await Eventually.Holds(() => port.Connections > 1, "a connection that has ended is not waited for");
        await LinksWithOthers(node);
    }

    [Fact]
    public async Task Connections_that_begin_no_handshake_make_room_for_those_that_do()
    {
        const int most = 8;
        await using var node = TestNode.Start(
            "node", $"{FloodHardening.Config()}\n{_tls}\nakka.remote.dot-netty.tcp.flood.max-connections = {most}");
        List<TcpClient> silent = [];
        try
        {
            for (var i = 0; i < 5 * most; i++)
            {
                silent.Add(new TcpClient());
                await silent[^1].ConnectAsync(IPEndPoint.Parse(node.Address));
            }
            await Eventually.Holds(
                () => silent.Count(client => client.Client.Poll(0, SelectMode.SelectRead)) > 3 * most,
                "those that have been silent for longest are ended");
            await LinksWithOthers(node);
        }
        finally
        {
            silent.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public async Task A_hello_in_the_name_of_another_address_is_not_answered_there_and_harms_nothing()
    {
        using var port = new PlainPort();
        await using var node = TestNode.Start("node", $"{FloodHardening.Config()}\n{_tls}");
        await using var peer = HostilePeer.Start(_tls);
        var link = peer.Open(node, "stranger", "akka.ssl.tcp");
        link.ToNode(new Hello(link.Session, 9, link.Info));
        await link.Hears<Refused>();

        link.ToNode(
            new Hello(link.Session, 9, link.Info), peer.Find($"akka.ssl.tcp://flood@{port.Address}/user/nobody"));
        link.ToNode(new Hello(link.Session, 9, link.Info));
        await Eventually.Holds(() => link.Heard.Count() == 2, "what it says in its own name is answered");
        await LinksWithOthers(node);
        Assert.Equal(0, port.Connections);
    }

    [Fact]
    public async Task Where_senders_are_not_checked_a_dial_on_a_strangers_word_harms_nothing()
    {
        using var port = new PlainPort();
        await using var node = TestNode.Start("node", $"{FloodHardening.Dialling()}\n{_tls}");
        await using var peer = HostilePeer.Start(_tls);
        var link = peer.Open(node, "stranger", "akka.ssl.tcp");
        link.ToNode(
            new Hello(link.Session, 9, link.Info), peer.Find($"akka.ssl.tcp://flood@{port.Address}/user/nobody"));
        await Eventually.Holds(() => port.Connections > 0, "the answer is dialled");
        await LinksWithOthers(node);
    }

    private async Task LinksWithOthers(TestNode node)
    {
        await using var caller = TestNode.Start("caller", $"{FloodHardening.Config()}\n{_tls}");
        Assert.Equal(new Connected("node"), await caller.Flood.ConnectAsync(node.Address).WaitAsync(Patience));
        await using var called = TestNode.Start("called", $"{FloodHardening.Config()}\n{_tls}");
        Assert.Equal(new Connected("called"), await node.Flood.ConnectAsync(called.Address).WaitAsync(Patience));
        await caller.Flood.AppendAsync("through it");
        await Eventually.Holds(() => called.Received.Contains("through it"), "the node goes on");
        Assert.False(node.System.WhenTerminated.IsCompleted);
    }

    private sealed class Counter<T>(Action count) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is T) count();
        }
    }

    /// <summary>
    /// A port where something else listens: whatever it is sent, it answers in another language and hangs up, or says
    /// nothing at all.
    /// </summary>
    private sealed class PlainPort : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly ConcurrentQueue<Socket> _open = [];
        private readonly bool _isSilent;
        private int _connections;

        public PlainPort(bool isSilent = false)
        {
            _isSilent = isSilent;
            _listener.Start();
            _ = Serve();
        }

        public string Address => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

        public Address Dialled => new("ssl.tcp", "flood", "127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);

        public int Connections => Volatile.Read(ref _connections);

        public void HangUp()
        {
            while (_open.TryDequeue(out var socket)) socket.Dispose();
        }

        public void Dispose()
        {
            _listener.Dispose();
            HangUp();
        }

        private async Task Serve()
        {
            try
            {
                while (true)
                {
                    var socket = await _listener.AcceptSocketAsync();
                    _open.Enqueue(socket);
                    Interlocked.Increment(ref _connections);
                    if (_isSilent) continue;
                    await socket.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
                    HangUp();
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test is over, or the other side was faster.
            }
        }
    }
}
