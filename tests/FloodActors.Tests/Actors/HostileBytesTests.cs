using FloodActors.Links;
using FloodActors.Tests.Wire;
using FloodActors.Wire;
using Xunit.Abstractions;

namespace FloodActors.Tests.Actors;

/// <summary>Bytes that are no messages, and messages that lie about what is in them.</summary>
public sealed class HostileBytesTests(NodeUnderAttack attack, ITestOutputHelper output)
    : IClassFixture<NodeUnderAttack>
{
    private TestNode Node => attack.Node;

    [Fact]
    public async Task Random_bytes_disconnect_whoever_sent_them()
    {
        var random = new RandomInput(output);
        foreach (var manifest in LinkSamples.Golden.Keys.Append("?"))
        {
            var link = await attack.ComeUp("random");
            // Version and session are right, so that they get as far as they can.
            for (var i = 0; i < 20; i++)
                link.SayRaw(
                    manifest, [.. LinkCodec.Encode(new Ping(link.Session, default))[..9], .. random.Bytes(300), 0x80]);
            link.SayRaw(manifest, random.Bytes(8));
            await Eventually.Holds(
                () => Node.Events.OfType<PeerDisconnected>().Any(e => e.Peer == link.Name),
                $"{link.Name} is disconnected over {manifest}");
        }
        await attack.IsUnharmed();
    }

    [Fact]
    public async Task Truncated_link_messages_disconnect_whoever_sent_them()
    {
        foreach (var manifest in LinkSamples.Golden.Keys.Except(["H"]))
        {
            var link = await attack.ComeUp("truncated");
            link.SayRaw(manifest, [.. LinkCodec.Encode(new Ping(link.Session, default))[..9]]);
            await attack.Disconnects(link, LinkEnd.ProtocolError, "damaged");
            await link.Hears<Bye>(bye => bye.Cause == LinkEnd.ProtocolError);
        }
        await attack.IsUnharmed();
    }

    [Theory]
    [InlineData("0301000000000000000001016100FFFFFFFFFFFFFFFFFF01", LinkEnd.MessageTooLarge, "max-message-size")]
    [InlineData("030100000000000000000101610081804000", LinkEnd.MessageTooLarge, "max-message-size")] // one byte above
    [InlineData("1080808008", LinkEnd.ProtocolError, "header")]
    [InlineData("63", LinkEnd.ProtocolError, "header")]
    [InlineData("8301000000000000000000016100070402411B0501630178", LinkEnd.ProtocolError, "control characters")]
    [InlineData("8301000000000000000000016100030601" + "6B0178", LinkEnd.ProtocolError, "no topic")]
    [InlineData("830100000000000000000001610081030178", LinkEnd.ProtocolError, "header")] // 385 bytes of header
    [InlineData("0301", LinkEnd.ProtocolError, "header")]
    public async Task Records_with_lying_sizes_disconnect_whoever_sent_them(string records, LinkEnd cause, string why)
    {
        var link = await attack.ComeUp("liar");
        link.Frame(Convert.FromHexString(records));
        await attack.Disconnects(link, cause, why);
        await link.Hears<Bye>(bye => bye.Cause == cause);
        await attack.IsUnharmed();
    }

    [Fact]
    public async Task A_payload_that_claims_gigabytes_is_undecodable_and_goes_no_further_than_that()
    {
        var link = await attack.ComeUp("bomb");
        var before = GC.GetTotalAllocatedBytes();
        byte[][] bombs = [[9, 0xFF, 0xFF, 0xFF, 0x7F], [7, 255, 0, 0, 0, 0x40], [252, 8, 0, 0, 0, 0x40]];
        foreach (var bomb in bombs)
            link.Frame(HostilePeer.Records(new LinkRecord(LinkSamples.Message(bomb, kind: PayloadKind.Object))));
        link.Frame(HostilePeer.Records(HostilePeer.Text(link.Name)));
        await Eventually.Holds(() => Node.Received.Contains(link.Name), "what comes behind the bombs is delivered");
        Assert.Equal(
            bombs.Length,
            Node.Events.OfType<MessageUndecodable>().Count(e => e.Message.From == link.Name && e.Reason.Length > 0));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 100 << 20);
        await attack.EndsWell(link);
    }
}
