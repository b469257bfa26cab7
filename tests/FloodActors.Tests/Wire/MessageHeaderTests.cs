using System.Diagnostics;
using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Payloads;
using FloodActors.Wire;

namespace FloodActors.Tests.Wire;

public sealed class MessageHeaderTests
{
    private static readonly ActivityContext SomeTrace = new(
        ActivityTraceId.CreateFromString("0af7651916cd43dd8448eb211c80319c"),
        ActivitySpanId.CreateFromString("b7ad6b7169203331"), ActivityTraceFlags.Recorded, "a=1");

    private static readonly long Noon = new DateTime(2026, 1, 2, 12, 0, 0, DateTimeKind.Utc).Ticks;

    [Fact]
    public void The_bytes_of_a_header_are_these_for_ever()
    {
        var header = MessageHeader.Create(SomeTrace);
        MessageHeader.Stamp(header, Noon);
        Assert.Equal(
            "0108" + "0006476672E35000" + "0219" + "0AF7651916CD43DD8448EB211C80319C" + "B7AD6B7169203331" + "01"
                + "0303" + "613D31",
            Convert.ToHexString(header));
        Assert.Equal(Noon, MessageHeader.AppendedAt(header));
        var trace = MessageHeader.TraceOf(header)!.Value;
        Assert.Equal(
            (SomeTrace.TraceId, SomeTrace.SpanId, SomeTrace.TraceFlags, "a=1", true),
            (trace.TraceId, trace.SpanId, trace.TraceFlags, trace.TraceState, trace.IsRemote));
    }

    [Fact]
    public void Without_a_trace_only_the_time_travels_and_a_state_that_does_not_fit_is_left_out()
    {
        Assert.Equal(10, MessageHeader.Create(default).Length);
        Assert.Null(MessageHeader.TraceOf(MessageHeader.Create(default)));
        var large = new ActivityContext(
            SomeTrace.TraceId, SomeTrace.SpanId, SomeTrace.TraceFlags, new string('x', 300));
        Assert.Equal(37, MessageHeader.Create(large).Length);
        Assert.True(
            MessageHeader.Create(new ActivityContext(
                SomeTrace.TraceId, SomeTrace.SpanId, SomeTrace.TraceFlags,
                new string('x', 217))).Length <= MessageHeader.MaxLength);
    }

    [Fact]
    public void A_message_with_a_header_is_written_as_these_bytes_and_read_back_with_the_same_id()
    {
        byte[] header = [9, 1, 42];
        var writer = new RecordWriter(sequenceIds: false);
        writer.Begin(1024);
        Assert.True(writer.Write(new LinkRecord(Message("hi", header))));
        Assert.True(writer.Write(new LinkRecord(Message("ho", null))));
        var frame = writer.ToFrame(1, 1, default, true);
        Assert.Equal(
            "81" + "01" + "003132333435363738" + "06617574686F72" + "00" + "03" + "09012A" + "02" + "6869" + "01" + "01"
                + "01" + "02" + "686F",
            Convert.ToHexString(frame.Bytes.AsSpan(frame.Start)));

        var batch = new ReceivedBatch();
        Assert.Null(new RecordReader(1024, Hash).Read(frame.Bytes.AsMemory(frame.Start), batch));
        Assert.Equal(2, batch.Count);
        Assert.Equal(header, batch.Entries[0].Header.ToArray());
        Assert.Equal("hi"u8.ToArray(), batch.Entries[0].Body.ToArray());
        Assert.True(batch.Entries[1].Header.IsEmpty);
        Assert.Equal(Hash(PayloadKind.Text, "hi"u8), batch.Entries[0].Id);
    }

    [Fact]
    public void A_header_of_the_largest_size_is_never_split_and_a_larger_one_ends_the_link()
    {
        var header = new byte[MessageHeader.MaxLength];
        for (var filler = 600; filler < 760; filler++)
        {
            var writer = new RecordWriter(sequenceIds: true);
            writer.Begin(1024);
            Assert.True(writer.Write(new LinkRecord(Message(new string('f', filler), null))));
            var reader = new RecordReader(1024, null);
            var batch = new ReceivedBatch();
            var next = new LinkRecord(Message("hi", header));
            if (!writer.Write(next))
            {
                var first = writer.ToFrame(1, 1, default, true);
                Assert.Null(reader.Read(first.Bytes.AsMemory(first.Start), batch));
                writer.Begin(1024);
                Assert.True(writer.Write(next));
            }
            var last = writer.ToFrame(1, 2, default, true);
            Assert.Null(reader.Read(last.Bytes.AsMemory(last.Start), batch));
            Assert.Equal(2, batch.Count);
            Assert.Equal(MessageHeader.MaxLength, batch.Entries[1].Header.Length);
        }

        byte[] tooLong = [0x81, 1, 0x81, 0x03, .. new byte[385], 1, (byte)'x'];
        Assert.Equal(LinkEnd.ProtocolError, new RecordReader(1024, Hash).Read(tooLong, new ReceivedBatch())?.Cause);
        byte[] cut = [0x81, 1, 10, 1, 2];
        Assert.Equal(LinkEnd.ProtocolError, new RecordReader(1024, Hash).Read(cut, new ReceivedBatch())?.Cause);
        byte[] empty = [0x81, 1, 0, 1, (byte)'x'];
        Assert.Equal(LinkEnd.ProtocolError, new RecordReader(1024, Hash).Read(empty, new ReceivedBatch())?.Cause);
    }

    [Fact]
    public void Random_headers_are_read_without_harm()
    {
        var random = new Random(20260102);
        for (var i = 0; i < 100_000; i++)
        {
            var header = new byte[random.Next(60)];
            random.NextBytes(header);
            for (var at = 0; at + 1 < header.Length && random.Next(8) > 0; at += 2 + header[at + 1])
                (header[at], header[at + 1]) = ((byte)random.Next(9), (byte)random.Next(12));
            if (MessageHeader.AppendedAt(header) is { } ticks) Assert.InRange(ticks, 0, DateTime.MaxValue.Ticks);
            _ = MessageHeader.TraceOf(header);
            _ = ContentIds.Of(Hash, PayloadKind.Bytes, header, "x"u8);
            if (MessageHeader.FlawOf(header) is not null || MessageHeader.KeyOf(header).IsEmpty) continue;
            Assert.InRange(MessageHeader.VersionOf(header, out _), 1, MessageHeader.MaxVersion - 1);
        }
    }

    private static FloodMessage Message(string text, byte[]? header) =>
        new(
            new MessageId(1, 1), PayloadKind.Text, System.Text.Encoding.UTF8.GetBytes(text), LinkSamples.Author, 0, 1,
            null, 0, null)
        {
            Header = header,
        };

    private static MessageId Hash(PayloadKind kind, ReadOnlySpan<byte> body) => new((ulong)kind, (ulong)body[0]);
}
