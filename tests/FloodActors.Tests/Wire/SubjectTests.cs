using System.Diagnostics;
using System.Text;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Tests.Wire;

public sealed class SubjectTests
{
    private static readonly ContentIdHash Hash = ContentIds.Of(ContentHash.XxHash128);

    public static TheoryData<byte[], string> HostileHeaders => new()
    {
        { Fields((5, "json")), "a message has a codec, a key or a version, and no topic" },
        { Fields((6, "key")), "a message has a codec, a key or a version, and no topic" },
        { Fields((4, "t")), "the codec is empty" },
        { Fields((4, new string('t', 129)), (5, "json")), "the topic has 129 bytes, and may have 128" },
        { Fields((4, "t"), (5, new string('c', 33))), "the codec has 33 bytes, and may have 32" },
        { Fields((4, "t"), (5, "json"), (6, new string('k', 129))), "the key has 129 bytes, and may have 128" },
        { Fields((4, "a\u001b[2J"), (5, "json")), "the topic holds control characters" },
        { Fields((4, "a\u0085"), (5, "json")), "the topic holds control characters" },
        { Fields((4, "t"), (5, "json"), (6, "a\n")), "the key holds control characters" },
        { [4, 1, 0xC2, 5, 1, 65], "the topic is not UTF-8" },
        { Fields((4, "t"), (5, "json"), (7, "123456789")), "a message has a version, and no key" },
        { Fields((4, "t"), (5, "json"), (6, "k")), "the version of a key has 0 bytes, not 9" },
        {
            Fields((4, "t"), (5, "json"), (6, "k"), (7, "12345678\0")),
            "the version 3544952156018063160 of a key is out of range"
        },
        {
            Fields((4, "t"), (5, "json"), (6, "k"), (7, "\0\0\0\0\0\0\0\0\0")),
            "the version 0 of a key is out of range"
        },
        {
            Fields((4, "t"), (5, "json"), (6, "k"), (7, "\0\0\0\0\0\0\0\u0001\u0002")),
            "the version of a key has an unknown flag"
        },
    };

    [Theory]
    [MemberData(nameof(HostileHeaders))]
    public void A_hostile_subject_ends_the_link_with_a_reason(byte[] header, string reason)
    {
        byte[] record = [0x83, 1, 0, .. new byte[8], 1, (byte)'a', 0, .. Length(header), .. header, 1, (byte)'x'];
        Assert.Equal(
            new ReadProblem(LinkEnd.ProtocolError, reason),
            new RecordReader(1024, Hash).Read(record, new ReceivedBatch()));
    }

    [Fact]
    public void Names_of_the_greatest_length_fit_beside_a_trace_and_longer_ones_are_refused_where_they_are_given()
    {
        var subject = Subject.Of(new string('t', 128), new string('c', 32))
            .WithKey(new string('k', 128), removes: true);
        var trace = new ActivityContext(
            ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        var header = MessageHeader.Create(trace, subject);
        Assert.True(header.Length <= MessageHeader.MaxLength);
        MessageHeader.SetVersion(header, 42);
        Assert.Null(MessageHeader.FlawOf(header));
        Assert.Equal((42, true), (MessageHeader.VersionOf(header, out var removes), removes));
        Assert.Equal(trace.TraceId, MessageHeader.TraceOf(header)!.Value.TraceId);

        Assert.Throws<ArgumentException>(() => Subject.Of(new string('t', 129), "json"));
        Assert.Throws<ArgumentException>(() => Subject.Of("", "json"));
        Assert.Throws<ArgumentException>(() => Subject.Of("t", "a\nb"));
        Assert.Throws<ArgumentException>(() => Subject.Of("\ud800", "json"));
        Assert.Throws<ArgumentException>(() => subject.WithKey(new string('\u00e4', 65), removes: false));
    }

    [Fact]
    public void A_subject_travels_as_these_bytes() => Assert.Equal(
        "01080000000000000000" + "04017405046A736F6E" + "06016B" + "0709000000000000000000",
        Convert.ToHexString(MessageHeader.Create(default, Subject.Of("t", "json").WithKey("k", removes: false))));

    [Fact]
    public void Equal_bytes_in_two_topics_or_codecs_are_two_messages_and_what_else_is_in_a_header_does_not_matter()
    {
        MessageId Id(params (byte, string)[] fields) =>
            ContentIds.Of(Hash, PayloadKind.Json, Fields(fields), "{}"u8);

        Assert.Equal(Hash(PayloadKind.Json, "{}"u8), Id((1, "12345678")));
        var id = Id((4, "ab"), (5, "c"));
        Assert.Equal(id, Id((1, "12345678"), (5, "c"), (4, "ab")));
        Assert.Equal(4, new[] { id, Id((4, "a"), (5, "bc")), Id((4, "ab"), (5, "d")), Id() }.Distinct().Count());
    }

    private static byte[] Fields(params (byte Tag, string Value)[] fields) =>
    [
        .. fields.SelectMany(field =>
        {
            var value = Encoding.UTF8.GetBytes(field.Value);
            return (byte[])[field.Tag, (byte)value.Length, .. value];
        }),
    ];

    private static byte[] Length(byte[] header)
    {
        var varint = new byte[10];
        return varint[..Varint.Write(varint, (ulong)header.Length)];
    }
}
