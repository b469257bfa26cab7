using System.Buffers.Binary;
using System.Text;
using FloodActors.Links;
using FloodActors.Payloads;
using FloodActors.Wire;

namespace FloodActors.Tests.Wire;

public class LinkCodecTests
{
    public static TheoryData<string> Manifests { get; } = [.. LinkSamples.Golden.Keys];

    [Theory]
    [MemberData(nameof(Manifests))]
    public void The_bytes_of_a_link_message_do_not_change_within_a_version(string manifest) =>
        Assert.Equal(
            Convert.ToHexString(LinkSamples.Bytes(manifest)), Convert.ToHexString(LinkSamples.Encode(manifest)));

    [Fact]
    public void Every_link_message_says_on_the_other_side_what_it_said_here()
    {
        var hello = Assert.IsType<Hello>(Decode("H"));
        Assert.Equal(
            (LinkSamples.Session, LinkMessage.Version, LinkSamples.Node),
            (hello.Session, hello.SpokenVersion, hello.Node));
        var welcome = Assert.IsType<Welcome>(Decode("W"));
        Assert.Equal(
            (LinkSamples.Session, LinkSamples.OwnSession, LinkSamples.Node),
            (welcome.Session, welcome.OwnSession, welcome.Node));
        var refused = Assert.IsType<Refused>(Decode("R"));
        Assert.Equal((LinkSamples.Session, LinkEnd.IdTaken, "taken"), (refused.Session, refused.Cause, refused.Reason));
        var bye = Assert.IsType<Bye>(Decode("B"));
        Assert.Equal((LinkSamples.Session, LinkEnd.Leaving, "left"), (bye.Session, bye.Cause, bye.Reason));
        var frame = Assert.IsType<Frame>(Decode("F"));
        Assert.Equal(
            (LinkSamples.Session, 7L, LinkSamples.Confirmed, true, 300, 4),
            (frame.Session, frame.Seq, frame.Confirmed, frame.Push, frame.Opens, frame.Size));
        Assert.Equal("DEADBEEF", Convert.ToHexString(frame.Records().Span));
        var ack = Assert.IsType<Ack>(Decode("A"));
        Assert.Equal(
            (LinkSamples.Session, LinkSamples.Confirmed, AckReason.Missing), (ack.Session, ack.Confirmed, ack.Reason));
        var ping = Assert.IsType<Ping>(Decode("P"));
        Assert.Equal((LinkSamples.Session, LinkSamples.Confirmed), (ping.Session, ping.Confirmed));

        static LinkMessage Decode(string manifest) => LinkSamples.Decode(manifest, LinkSamples.Bytes(manifest));
    }

    [Fact]
    public void The_largest_numbers_travel()
    {
        var ack = Assert.IsType<Ack>(LinkCodec.DecodeAck(
            LinkCodec.Encode(new Ack(ulong.MaxValue, new Confirmed(long.MaxValue, 1, 0), AckReason.Due))));
        Assert.Equal((ulong.MaxValue, new Confirmed(long.MaxValue, 1, 0)), (ack.Session, ack.Confirmed));
        var frame = Assert.IsType<Frame>(
            LinkCodec.DecodeFrame(LinkCodec.EncodeFrame(
                [], ulong.MaxValue, long.MaxValue, new Confirmed(long.MaxValue, long.MaxValue, long.MaxValue),
                push: false, opens: int.MaxValue).Bytes!));
        Assert.Equal((long.MaxValue, 0), (frame.Seq, frame.Size));
    }

    [Fact]
    public void The_hello_of_another_version_can_be_refused_whatever_follows_its_session()
    {
        byte[] bytes = [4, .. LinkSamples.Bytes("H")[1..9], 0xFF, 0xFF, 0xFF];
        var hello = Assert.IsType<Hello>(LinkCodec.DecodeHello(bytes));
        Assert.Equal((LinkSamples.Session, (byte)4), (hello.Session, hello.SpokenVersion));

        // And the other version reads our refusal, if it keeps to the rule that a refusal never changes.
        var refusal = LinkCodec.EncodeEnd(hello.Session, LinkEnd.Version, "no");
        refusal[0] = 4;
        Assert.Equal(
            (LinkEnd.Version, "no"),
            LinkCodec.DecodeRefused(refusal) is Refused refused ? (refused.Cause, refused.Reason) : default);
    }

    [Theory]
    [InlineData("W"), InlineData("F"), InlineData("A"), InlineData("P")]
    public void Any_other_message_of_another_version_is_malformed_and_says_which_version(string manifest)
    {
        var bytes = LinkSamples.Bytes(manifest);
        bytes[0] = 9;
        Assert.Contains(
            "version 9", Assert.IsType<Malformed>(LinkSamples.Decode(manifest, bytes)).Reason,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("03 6E31")] // into the next field
    [InlineData("FFFFFFFF0F 6E31")] // 4 GiB
    [InlineData("FFFFFFFFFFFFFFFFFF01 6E31")] // 2^64 - 1
    [InlineData("FFFFFFFFFFFFFFFFFF7F 6E31")] // more than 64 bits
    [InlineData("8200 6E31")] // not the shortest form
    [InlineData("8104 6E31")] // above the limit for names
    [InlineData("00")] // no name
    [InlineData("02 6E0A")] // a line break
    public void A_hello_that_lies_about_its_name_is_malformed_and_costs_no_memory(string name)
    {
        var golden = LinkSamples.Bytes("H");
        byte[] bytes = [
            .. golden[..9], .. Convert.FromHexString(name.Replace(" ", "", StringComparison.Ordinal)), .. golden[12..]];
        var before = GC.GetAllocatedBytesForCurrentThread();
        var decoded = LinkCodec.DecodeHello(bytes);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8192);
        Assert.IsType<Malformed>(decoded);
    }

    [Theory]
    [InlineData(0, 1024, 1024, 1000, 0), InlineData(1024, 1024, 0, 1000, 0), InlineData(1L << 31, 1024, 1024, 1000, 0)]
    [InlineData(1024, 1024, 1L << 31, 1000, 0), InlineData(1024, 1024, 1024, 1000, -1)]
    [InlineData(2048, 1023, 1024, 1000, 0)]
    [InlineData(1024, 1025, 1024, 1000, 0), InlineData(1024, 1024, 1024, 0, 0)]
    [InlineData(1024, 1024, 1024, 1L << 31, 0)]
    public void A_greeting_with_sizes_that_make_no_sense_is_malformed(
        long window, long maxFrame, long maxMessageSize, long timeout, long dropped)
    {
        Assert.IsType<Welcome>(LinkCodec.DecodeWelcome(WithSizes(1024, 1024, 1024, 1000, 0)));
        Assert.IsType<Malformed>(
            LinkCodec.DecodeWelcome(WithSizes(window, maxFrame, maxMessageSize, timeout, dropped)));
    }

    private static byte[] WithSizes(long window, long maxFrame, long maxMessageSize, long timeout, long dropped)
    {
        var golden = LinkSamples.Bytes("W");
        Span<byte> numbers = stackalloc byte[6 * Varint.MaxLength];
        var at = Varint.Write(numbers, (ulong)window);
        at += Varint.Write(numbers[at..], (ulong)maxFrame);
        at += Varint.Write(numbers[at..], (ulong)maxMessageSize);
        at += Varint.Write(numbers[at..], (ulong)timeout);
        at += Varint.Write(numbers[at..], (ulong)dropped);
        at += Varint.Write(numbers[at..], 7);
        return [.. golden[..^15], .. numbers[..at]];
    }

    [Fact]
    public void Names_up_to_the_limit_travel_and_longer_ones_are_refused()
    {
        var longest = LinkSamples.Node with { NodeName = new string('n', 512), Address = new string('a', 512) };
        Assert.Equal(longest, Assert.IsType<Hello>(
            LinkCodec.DecodeHello(LinkCodec.Encode(new Hello(1, LinkMessage.Version, longest)))).Node);
        var tooLong = LinkSamples.Node with { NodeName = new string('n', 513) };
        Assert.IsType<Malformed>(LinkCodec.DecodeHello(LinkCodec.Encode(new Hello(1, LinkMessage.Version, tooLong))));
    }

    [Fact]
    public void A_reason_is_cut_to_its_limit_and_cannot_forge_lines_in_a_log()
    {
        var bye = Assert.IsType<Bye>(
            LinkCodec.DecodeBye(LinkCodec.EncodeEnd(1, LinkEnd.Failure, new string('€', 10_000))));
        Assert.InRange(bye.Reason.Length, 200, 1024);

        var forged = Assert.IsType<Refused>(
            LinkCodec.DecodeRefused(LinkCodec.EncodeEnd(1, LinkEnd.Failure, "no\r\n[ERROR] all is lost\u001b[2J")));
        Assert.DoesNotContain(forged.Reason, char.IsControl);
        Assert.Contains("all is lost", forged.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_cause_is_a_protocol_error()
    {
        var bytes = LinkSamples.Bytes("B");
        bytes[9] = 200;
        Assert.Equal(LinkEnd.ProtocolError, Assert.IsType<Bye>(LinkCodec.DecodeBye(bytes)).Cause);
    }

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Every_truncation_gives_a_message_or_malformed(string manifest)
    {
        var golden = LinkSamples.Bytes(manifest);
        for (var length = 0; length < golden.Length; length++)
        {
            var decoded = LinkSamples.Decode(manifest, golden[..length]);
            // A frame may end anywhere behind its header: a record goes on in the next.
            if (manifest != "F" || length < golden.Length - 4) Assert.IsType<Malformed>(decoded);
        }
    }

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Every_change_of_one_byte_gives_a_message_or_malformed(string manifest)
    {
        var golden = LinkSamples.Bytes(manifest);
        for (var at = 0; at < golden.Length; at++)
        {
            for (var flip = 1; flip < 256; flip++)
            {
                var bytes = (byte[])golden.Clone();
                bytes[at] ^= (byte)flip;
                var decoded = LinkSamples.Decode(manifest, bytes);
                if (decoded is Malformed) Assert.NotEmpty(((Malformed)decoded).Reason);
                else Assert.Equal(BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(1)), decoded.Session);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Manifests))]
    public void What_is_malformed_still_tells_its_session_so_that_only_its_own_link_ends(string manifest)
    {
        // Cut off behind the session.
        Assert.Equal(
            LinkSamples.Session,
            Assert.IsType<Malformed>(LinkSamples.Decode(manifest, LinkSamples.Bytes(manifest)[..9])).Session);
    }

    [Fact]
    public void Bytes_behind_the_end_of_a_message_make_it_malformed_but_a_greeting_may_say_more_in_a_later_version()
    {
        foreach (var manifest in new[] { "H", "W" })
            Assert.IsNotType<Malformed>(LinkSamples.Decode(manifest, [.. LinkSamples.Bytes(manifest), 0]));
        foreach (var manifest in LinkSamples.Golden.Keys.Except(["F", "H", "W"]))
            Assert.IsType<Malformed>(LinkSamples.Decode(manifest, [.. LinkSamples.Bytes(manifest), 0]));
    }

    [Fact]
    public void Text_that_is_no_UTF8_is_read_with_replacements_and_stays_within_the_limits()
    {
        byte[] bytes = [.. LinkSamples.Bytes("B")[..9], 2, 4, 0xFF, 0xFE, 0xC0, 0x80];
        Assert.Equal(new string('\uFFFD', 4), Assert.IsType<Bye>(LinkCodec.DecodeBye(bytes)).Reason);
        Assert.True(Encoding.UTF8.GetByteCount(Assert.IsType<Bye>(LinkCodec.DecodeBye(bytes)).Reason) <= 12);
    }
}
