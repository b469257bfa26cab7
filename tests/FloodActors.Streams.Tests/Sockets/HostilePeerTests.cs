using System.Text;
using FloodActors.Streams.Tests.JavaScript;
using FloodActors.Streams.Tests.Streams;

namespace FloodActors.Streams.Tests.Sockets;

/// <summary>
/// What a peer may do wrong. After each the node goes on, and so does its link with a peer that does nothing wrong.
/// </summary>
public sealed class HostilePeerTests
{
    // Looked up by name: test runners copy a theory's data about.
    private static readonly Dictionary<string, (byte[] Bytes, string Reason)> Wrongs = new()
    {
        ["invalid JSON"] = ("{\"a\":nul}\n\n"u8.ToArray(), "not JSON"),
        ["another protocol"] = ("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"u8.ToArray(), "not JSON"),
        ["a character in half"] = ([(byte)'"', 0xC3, (byte)'"', (byte)'\n', (byte)'\n'], "UTF-8"),
        ["bytes that are no characters"] = ([(byte)'"', 0xFF, 0xFE, (byte)'"', (byte)'\n', (byte)'\n'], "UTF-8"),
        ["zeros"] = (new byte[1000], "not JSON"),
        ["a value nested a million deep"] = (Encoding.ASCII.GetBytes(new string('[', 1_000_000)), "deeper than 64"),
        ["a deep object"] =
            (Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 1_000_000))), "deeper than 64"),
        ["a blank line within a value"] = ("[1,\n\n2]\n\n"u8.ToArray(), "within a value"),
    };

    public static TheoryData<string> Wrong => [.. Wrongs.Keys];

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task What_is_not_JSON_ends_the_connection_with_a_reason_and_harms_nobody_else(string what)
    {
        var (bytes, reason) = Wrongs[what];
        await using var setting = await Setting.StartAsync();
        using var hostile = await setting.ConnectAsync();
        await hostile.SendAsync("\"before it: " + what + "\"\n\n");
        await setting.Node.Event<MessageReceived>();
        await hostile.FloodAsync(bytes, bytes.Length);
        var ended = await setting.Node.Event<PeerDisconnected>(e => e.Peer == hostile.Id);
        Assert.Equal(LinkEnd.ProtocolError, ended.Cause);
        Assert.Contains(reason, ended.Reason);
        await hostile.ReadToEndAsync();
        await setting.GoesOnAsync(expectedBefore: 1);
    }

    [Theory]
    [InlineData("{\"a\":[1,2,{\"b\":\"hal", true)]
    [InlineData("{\"a\":[1,2,{\"b\":\"hal", false)]
    [InlineData("123", false)]
    [InlineData("\"\u00e9", false)]
    public async Task A_peer_that_vanishes_within_a_value_is_disconnected_and_the_value_is_none(string part, bool reset)
    {
        await using var setting = await Setting.StartAsync();
        var hostile = await setting.ConnectAsync();
        await hostile.SendAsync("[\"whole\"]\n\n" + part);
        await setting.Node.Event<MessageReceived>();
        var id = hostile.Id;
        if (reset) hostile.Reset();
        else hostile.Dispose();
        var ended = await setting.Node.Event<PeerDisconnected>(e => e.Peer == id);
        Assert.NotEmpty(ended.Reason);
        if (!reset) Assert.Contains("in the middle of a value", ended.Reason);
        await setting.GoesOnAsync(expectedBefore: 1);
    }

    [Theory]
    [InlineData("\"", "x")]
    [InlineData("", "1")]
    [InlineData("[", "[],")]
    [InlineData("[1", " ")]
    public async Task A_gigabyte_without_an_end_is_cut_off_or_costs_nothing(string start, string filling)
    {
        await using var setting = await Setting.StartAsync();
        using var hostile = await setting.ConnectAsync();
        await hostile.SendAsync(start);
        var chunk = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(filling, (1 << 20) / filling.Length)));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var sent = await hostile.FloodAsync(chunk, filling == " " ? 20L << 20 : 1L << 30);
        if (filling == " ")
        {
            // White space is not held, so there is nothing to cut off: it costs the time to read it.
            Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 20 << 20);
            await hostile.SendAsync("]\n\n");
            await setting.Node.Event<MessageReceived>();
            hostile.Dispose();
            await setting.GoesOnAsync(expectedBefore: 1);
            return;
        }
        var ended = await setting.Node.Event<PeerDisconnected>(e => e.Peer == hostile.Id);
        Assert.Equal(LinkEnd.MessageTooLarge, ended.Cause);
        Assert.Contains("flood.max-message-size", ended.Reason);
        Assert.InRange(sent, 1, 64L << 20);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 30 << 20);
        await setting.GoesOnAsync(expectedBefore: 0);
    }

    [Fact]
    public async Task A_reader_that_stopped_is_held_back_by_the_lag_policy_and_memory_stays_bounded()
    {
        await using var setting = await Setting.StartAsync(
            "flood { max-message-size = 1 MiB, max-lag = 8 MiB, capacity-bytes = 8 MiB }");
        using var stuck = await setting.ConnectAsync(receiveBuffer: 4096);
        await setting.Node.Event<PeerConnected>(e => e.Peer == stuck.Id);
        var filling = new string('x', 100_000);
        for (var i = 0; i < 300; i++)
        {
            Assert.IsType<Appended>(await setting.Node.Flood.AppendAsync($"{i} {filling}"));
            if (i % 10 == 9) await Soon.Holds(() => setting.Good.ReceivedCount == i + 1, "the good peer keeps up");
        }
        Assert.True((await setting.Node.Event<PeerLagged>(e => e.Peer == stuck.Id)).Skipped > 0);
        var stats = await setting.Node.Flood.StatsAsync();
        Assert.InRange(stats.RetainedBytes, 0, 8 << 20);
        Assert.InRange(stats.LogBytes, 0, 8 << 20);

        // And it can be got rid of, although it takes no goodbye.
        Assert.True(await setting.Node.Flood.DisconnectAsync(stuck.Id));
        await setting.Node.Event<PeerDisconnected>(e => e.Peer == stuck.Id);
        await setting.GoesOnAsync(expectedBefore: 0);
    }

    [Fact]
    public async Task With_on_lag_disconnect_a_reader_that_stopped_loses_its_connection()
    {
        await using var setting = await Setting.StartAsync(
            "flood { max-message-size = 1 MiB, max-lag = 2 MiB, capacity-bytes = 2 MiB, on-lag = disconnect }",
            good: false);
        using var stuck = await setting.ConnectAsync(receiveBuffer: 4096);
        await setting.Node.Event<PeerConnected>(e => e.Peer == stuck.Id);
        var filling = new string('x', 100_000);
        for (var i = 0; i < 300; i++) Assert.IsType<Appended>(await setting.Node.Flood.AppendAsync($"{i} {filling}"));
        Assert.Equal(LinkEnd.Lagged, (await setting.Node.Event<PeerDisconnected>(e => e.Peer == stuck.Id)).Cause);
        await stuck.ReadToEndAsync();
    }

    /// <summary>A node that listens, a JavaScript peer that behaves, and room for one that does not.</summary>
    private sealed class Setting : IAsyncDisposable
    {
        private readonly JsonListener _listener;
        private readonly JsPeer? _good;

        private Setting(LocalFlood node, JsonListener listener, JsPeer? good) =>
            (Node, _listener, _good) = (node, listener, good);

        public LocalFlood Node { get; }

        public JsPeer Good => _good!;

        public static async Task<Setting> StartAsync(string hocon = "", bool good = true)
        {
            var node = LocalFlood.Start(hocon: hocon);
            var listener = await node.Flood.ListenJsonAsync("127.0.0.1:0");
            if (!good) return new Setting(node, listener, null);
            var peer = await JsPeer.StartAsync("net");
            peer.Connect(listener.LocalEndPoint.Port);
            await node.Flood.WhenConnected().WaitAsync(TimeSpan.FromSeconds(60));
            return new Setting(node, listener, peer);
        }

        public Task<RawPeer> ConnectAsync(int? receiveBuffer = null) =>
            RawPeer.ConnectAsync(_listener.LocalEndPoint, receiveBuffer);

        public async Task GoesOnAsync(int expectedBefore)
        {
            Good.Append("\"from the good peer\"");
            await Node.Event<MessageReceived>(e => e.Message.AsText() == "from the good peer");
            Assert.Equal(expectedBefore + 1, Node.Received.Count());
            await Node.Flood.AppendAsync("to the good peer");
            await Soon.Holds(() => Good.Received.Contains("\"to the good peer\""), "the good peer is still served");
            await Soon.Holds(() => Node.Flood.PeersAsync().Result.Count == 1, "no state of the hostile peer stays");
            Assert.Equal(1, Good.Connected);
        }

        public async ValueTask DisposeAsync()
        {
            if (_good is not null) await _good.DisposeAsync();
            await Node.DisposeAsync();
        }
    }
}
