using System.Text.Json;

namespace FloodActors.Streams.Tests.JavaScript;

/// <summary>Three nodes of ours and three JavaScript peers: c0 j0 c1 j1 c2 j2.</summary>
public sealed class MeshTests
{
    private const int PerOrigin = 150;

    /// <summary>Each is appended by one of the six, in turn.</summary>
    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "5e-324", "1.7976931348623157e308", "-1.7976931348623157e+308",
        "2.2250738585072014e-308", "9007199254740991", "1e21", "1e-7", "0.1", "123456789.125",
        "\"\"", "[]", "{}", "[[]]", "{\"\":\"\"}", "[null,[true,{\"a\":[{}]}],\"x\"]",
        "\"a\\n\\nb\\n\\n\\n\"", "\"\\n\\n\"", "{\"blank\\n\\nline\":\"\\r\\n\\r\\n\"}",
        "\"\\ud834\\udd1e \u00e9 \u4e2d \\ud83d\\ude00\"",
        "{\"\\ud83d\\ude00\":1,\"\\ufb33\":2,\"\u00f6\":3,\"1\":4,\"10\":5,\"2\":6}",
        "\"quote \\\" backslash \\\\ slash \\/ tab \\t nul \\u0000 del \\u007f ls \\u2028\"",
        "{\"z\":{\"y\":{\"x\":[1,2,{\"w\":null}]}},\"a\":1.0,\"m\":1e2}",
    ];

    public static TheoryData<string, string[][]> Topologies => new()
    {
        { "line", [["plain", "net"], ["pull-net"], ["net"]] },
        { "ring", [["net"], ["pull-net"], ["net"]] },
        { "complete", [["net"], ["pull-net"], ["net"]] },
    };

    [Theory]
    [MemberData(nameof(Topologies))]
    public async Task Everyone_in_a_mesh_of_both_kinds_gets_each_value_once_and_in_each_origins_order(
        string topology, string[][] arguments)
    {
        var nodes = Enumerable.Range(0, 3).Select(i => TestNode.Start($"c{i}", "flood.capacity = 10000")).ToList();
        var peers = await Task.WhenAll(arguments.Select(JsPeer.StartAsync));
        try
        {
            var listeners = await Task.WhenAll(nodes.Select(n => n.Flood.ListenJsonAsync("127.0.0.1:0")));
            var jsPorts = await Task.WhenAll(peers.Select(p => p.ListenAsync()));
            var links = new int[6];
            // Member 2i is node i, member 2i + 1 is JavaScript peer i. Each kind is client of some and server of
            // others.
            for (var a = 0; a < 6; a++)
            {
                for (var b = a + 1; b < 6; b++)
                {
                    if (topology != "complete" && b != a + 1 && !(topology == "ring" && a == 0 && b == 5)) continue;
                    links[a]++;
                    links[b]++;
                    var (from, to) = (a + b) % 4 == 1 ? (b, a) : (a, b);
                    if (from % 2 == 0 && to % 2 == 0)
                        Assert.IsType<Connected>(await nodes[from / 2].Flood.ConnectAsync(nodes[to / 2].Address));
                    else if (from % 2 == 0) nodes[from / 2].Flood.ConnectJson($"127.0.0.1:{jsPorts[to / 2]}");
                    else peers[from / 2].Connect(to % 2 == 0 ? listeners[to / 2].LocalEndPoint.Port : jsPorts[to / 2]);
                }
            }
            for (var i = 0; i < 3; i++)
            {
                await nodes[i].Flood.WhenConnected(links[2 * i]).WaitAsync(TimeSpan.FromSeconds(60));
                await Soon.Holds(
                    () => peers[i].Connected == links[(2 * i) + 1],
                    $"JavaScript peer {i} has {links[(2 * i) + 1]} connections {peers[i].Errors}");
            }

            var appended = Enumerable.Range(0, 6).Select(_ => new List<string>()).ToArray();
            for (var n = 0; n < PerOrigin; n++)
            {
                for (var member = 0; member < 6; member++)
                {
                    var which = (n * 6) + member;
                    var json = which < Values.Length
                        ? Values[which]
                        : $"{{\"n\":{n},\"from\":{member},\"text\":\"\u00e9\\ud83d\\ude00 {new string('x', n)}\"}}";
                    appended[member].Add(Canonical.Of(json));
                    if (member % 2 == 1) peers[member / 2].Append(json);
                    else Assert.IsType<Appended>(await nodes[member / 2].Flood.AppendAsync(FloodPayload.Json(json)));
                }
            }

            var expected = (PerOrigin * 6) - PerOrigin;
            for (var i = 0; i < 6; i++)
            {
                var member = i;
                await Soon.Holds(
                    () =>
                        (
                            member % 2 == 1
                                ? peers[member / 2].ReceivedCount
                                : nodes[member / 2].Events.OfType<MessageReceived>().Count()) >= expected,
                    $"member {member} has {expected}");
                var received = member % 2 == 1 ? peers[member / 2].Received : ReceivedBy(nodes[member / 2]);
                Assert.Equal(expected, received.Count);
                Assert.Equal(expected, received.Distinct().Count());
                for (var origin = 0; origin < 6; origin++)
                {
                    var theirs = appended[origin].ToHashSet();
                    if (origin != member) Assert.Equal(appended[origin], received.Where(theirs.Contains));
                }
            }
            foreach (var node in nodes)
            {
                var stats = await node.Flood.StatsAsync();
                Assert.Equal(0, stats.InvalidFromPeer + stats.UnsuitableForPeer + stats.Skipped);
            }
        }
        finally
        {
            foreach (var peer in peers) await peer.DisposeAsync();
            foreach (var node in nodes) await node.DisposeAsync();
        }
    }

    private static IReadOnlyList<string> ReceivedBy(TestNode node) =>
        node.Events.OfType<MessageReceived>().Select(e => Canonical.Of(e.Message.AsJson())).ToList();
}
