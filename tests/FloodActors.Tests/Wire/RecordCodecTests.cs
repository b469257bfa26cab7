using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Payloads;
using FloodActors.Wire;

namespace FloodActors.Tests.Wire;

public class RecordCodecTests
{
    private const int MaxMessage = 4 << 20;
    private const ulong Origin = 0x1112131415161718;

    private static readonly byte[] Hi = [0x68, 0x69];

    private static readonly PayloadCodec Payloads = new(new PayloadOptions(ContentHash.XxHash128, MaxMessage, 64, []));

    // An origin that was not named before, called "a".
    private static readonly byte[] NewOrigin = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0x61, 0];

    public static TheoryData<bool> IdModes { get; } = [false, true];

    [Fact]
    public void The_bytes_of_records_with_content_ids_do_not_change_within_a_version()
    {
        LinkRecord[] records =
        [
            new(LinkSamples.Message(Hi, kind: PayloadKind.Text)),
            new(LinkSamples.Message(Hi, kind: PayloadKind.Json, hops: 299)),
            new(LinkSamples.Message(Array.Empty<byte>(), kind: PayloadKind.Bytes)),
            LinkSamples.Control(RecordType.Ids, new byte[17]), LinkSamples.Control(RecordType.Want, new byte[16]),
            LinkSamples.Control(RecordType.Prune, new byte[8]), LinkSamples.Control(RecordType.Gone, new byte[32]),
            new(LinkSamples.Message(Hi, kind: PayloadKind.Object), RecordType.Answer),
        ];
        Golden(
            sequenceIds: false, records,
            "01 01 00 3132333435363738 06 617574686F72 00 02 6869  02 AC02 01 02 6869  03 01 01 00  10 11 "
            + "0000000000000000000000000000000000  12 10 00000000000000000000000000000000  14 08 0000000000000000  "
            + "13 20 0000000000000000000000000000000000000000000000000000000000000000  44 01 01 02 6869");
    }

    [Fact]
    public void The_bytes_of_records_with_sequence_ids_do_not_change_within_a_version()
    {
        LinkRecord[] records =
        [
            new(LinkSamples.Message(Hi, new MessageId(Origin, 1))),
            new(LinkSamples.Message(Hi, new MessageId(Origin, 2))),
            new(LinkSamples.Message(Hi, new MessageId(7, 1000))),
            new(LinkSamples.Message(Hi, new MessageId(Origin, 1))),
            new(LinkSamples.Message(Hi, new MessageId(7, 1001))),
        ];
        Golden(
            sequenceIds: true, records,
            "03 01 00 1112131415161718 06 617574686F72 00 02 02 6869  03 01 01 02 02 6869  03 01 00 0000000000000007 "
            + "06 617574686F72 00 D00F 02 6869  03 01 01 01 02 6869  03 01 02 02 02 6869");
    }

    [Theory]
    [MemberData(nameof(IdModes))]
    public void Records_come_out_as_they_went_in_however_frames_cut_them(bool sequenceIds)
    {
        var random = new Random(3);
        List<LinkRecord> records = [];
        for (var i = 0; i < 400; i++)
        {
            var body = new byte[random.Next(8) == 0 ? random.Next(5000) : random.Next(120)];
            random.NextBytes(body);
            var id = sequenceIds
                ? new MessageId((ulong)random.Next(1, 10), (ulong)random.NextInt64())
                : Payloads.ContentId(PayloadKind.Bytes, body);
            records.Add(
                i % 50 == 7
                    ? LinkSamples.Control(RecordType.Offer, new byte[17 * random.Next(100)])
                    : new LinkRecord(LinkSamples.Message(body, id, hops: random.Next(300))));
        }
        foreach (var maxFrame in new[] { 1024, 1500, 60_000 })
        {
            var frames = new RecordWriter(sequenceIds).Frames(records, maxFrame).ToList();
            Assert.All(frames, f => Assert.InRange(f.Bytes!.Length, 1, maxFrame));
            var read = Read(sequenceIds, frames.Select(f => f.Records()));
            Assert.Equal(records.Count, read.Count);
            foreach (var (sent, got) in records.Zip(read))
            {
                Assert.Equal(sent.Type, got.Type);
                Assert.True((sent.Message?.Body ?? sent.Control).Span.SequenceEqual(got.Body.Span));
                if (sent.Message is { } message)
                    Assert.Equal((message.Id, message.Kind, message.Hops + 1), (got.Id, got.Kind, got.Hops));
            }
        }
    }

    [Fact]
    public void Origins_beyond_those_that_are_numbered_start_a_new_table_on_both_sides()
    {
        // Twice around, with an old friend in between who must be told anew.
        List<LinkRecord> records = [];
        for (var i = 0; i < (2 * OriginTable.MaxOrigins) + 10; i++)
        {
            records.Add(new LinkRecord(LinkSamples.Message(Hi, new MessageId((ulong)i + 100, (ulong)i * 3))));
            if (i % 500 == 0) records.Add(new LinkRecord(LinkSamples.Message(Hi, new MessageId(Origin, (ulong)i))));
        }
        var read = Read(
            sequenceIds: true, new RecordWriter(sequenceIds: true).Frames(records).Select(f => f.Records()));
        Assert.Equal(records.Select(r => r.Message!.Id), read.Select(r => r.Id));
    }

    [Theory]
    [MemberData(nameof(IdModes))]
    public void The_header_of_a_record_is_never_split(bool sequenceIds)
    {
        for (var length = 900; length < 1024; length++)
        {
            LinkRecord[] records = [
                new(LinkSamples.Message(new byte[length], new MessageId(1, ulong.MaxValue / 2))),
                new(LinkSamples.Message(Hi, new MessageId(2, ulong.MaxValue / 2), hops: 300))];
            var reader = new RecordReader(MaxMessage, sequenceIds ? null : Payloads.ContentId);
            var batch = new ReceivedBatch();
            // A split header would be damaged for the reader, which reads frame by frame.
            foreach (var frame in new RecordWriter(sequenceIds).Frames(records, 1024))
                Assert.Null(reader.Read(frame.Records(), batch));
            Assert.Equal(2, batch.Count);
        }
    }

    [Fact]
    public void A_message_of_four_mebibytes_crosses_in_slices_and_costs_little_more_than_itself()
    {
        var body = new byte[MaxMessage];
        new Random(1).NextBytes(body);
        var frames = new RecordWriter(sequenceIds: true)
            .Frames([new LinkRecord(LinkSamples.Message(body, new MessageId(1, 1)))]).ToList();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = Read(sequenceIds: true, frames.Select(f => f.Records()));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, body.Length, 3L * body.Length);
        Assert.True(read.Single().OwnsBody);
        Assert.True(body.AsSpan().SequenceEqual(read.Single().Body.Span));
    }

    [Fact]
    public void A_message_above_the_limit_ends_the_reading_before_any_of_it_is_kept()
    {
        var frame = new RecordWriter(sequenceIds: false).Frames([new LinkRecord(LinkSamples.Message(new byte[2001]))])
            .Single();
        var problem = new RecordReader(2000, Payloads.ContentId).Read(frame.Records(), new ReceivedBatch());
        Assert.Equal(LinkEnd.MessageTooLarge, problem?.Cause);
        Assert.Contains("max-message-size", problem?.Reason, StringComparison.Ordinal);
        Assert.Null(new RecordReader(2001, Payloads.ContentId).Read(frame.Records(), new ReceivedBatch()));
    }

    [Theory]
    [InlineData("03 01 00 0000000000000001 01 61 00 FFFFFFFFFFFFFFFFFF01", LinkEnd.MessageTooLarge)] // 2^64 - 1
    [InlineData("03 01 00 0000000000000001 01 61 00 8080808008", LinkEnd.MessageTooLarge)] // 2 GiB
    [InlineData("03 01 00 0000000000000001 01 61 00 80808004", LinkEnd.MessageTooLarge)] // 8 MiB
    [InlineData("10 80808004", LinkEnd.ProtocolError)] // a have of 8 MiB
    [InlineData("11 81800300", LinkEnd.ProtocolError)] // a want of 16 KiB + 1
    [InlineData("10 0F", LinkEnd.ProtocolError)] // a have that ends within an id
    // no such type
    [InlineData("00 01 00", LinkEnd.ProtocolError), InlineData("05 01 00", LinkEnd.ProtocolError)]
    [InlineData("12 01 00", LinkEnd.ProtocolError)]
    // cut off, padded
    [InlineData("03", LinkEnd.ProtocolError), InlineData("03 01", LinkEnd.ProtocolError)]
    [InlineData("03 8000 00", LinkEnd.ProtocolError)]
    public void A_damaged_record_is_named_and_its_claims_cost_no_memory(string hex, LinkEnd cause)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        var reader = new RecordReader(MaxMessage, Payloads.ContentId);
        var batch = new ReceivedBatch();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var problem = reader.Read(bytes, batch);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8192);
        Assert.Equal(cause, problem?.Cause);
    }

    [Theory]
    [InlineData("03 01 00 0000000000000001 00 00 00")] // no name
    [InlineData("03 01 00 0000000000000001 8102 61 00 00")] // a name above the limit
    [InlineData("03 01 00 0000000000000001 01 0A 00 00")] // a line break
    [InlineData("03 01 00 0000000000000001 01 FF 00 00")] // not UTF-8
    [InlineData("03 01 01 02 00")] // the first origin of an empty table
    [InlineData("03 01 00 11121314")] // half an origin
    [InlineData("03 01 FFFFFFFFFFFFFFFFFF01 02 00")] // the last origin there could be
    public void A_reference_to_an_origin_that_was_never_named_is_damage(string hex) =>
        Assert.Equal(
            LinkEnd.ProtocolError,
            new RecordReader(MaxMessage, null).Read(
                Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), new ReceivedBatch())?.Cause);

    [Fact]
    public void A_length_that_is_only_claimed_costs_what_has_come_of_it()
    {
        byte[] claim = [3, 1, .. NewOrigin, 0x80, 0x80, 0x80, 0x02, .. new byte[100]]; // 4 MiB, a hundred bytes of it
        var reader = new RecordReader(MaxMessage, Payloads.ContentId);
        var batch = new ReceivedBatch();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(reader.Read(claim, batch));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2048);
    }

    [Fact]
    public void A_message_that_comes_byte_by_byte_costs_no_more_than_one_that_comes_at_once()
    {
        const int length = 1 << 18;
        byte[] claim = [3, 1, .. NewOrigin, 0x80, 0x80, 0x10];
        var reader = new RecordReader(MaxMessage, Payloads.ContentId);
        var batch = new ReceivedBatch();
        var one = new byte[1];
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(reader.Read(claim, batch));
        for (var i = 0; i < length; i++) Assert.Null(reader.Read(one, batch));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, length, 3 * length);
        Assert.Equal(length, batch.Span[0].Body.Length);
    }

    [Theory]
    [MemberData(nameof(IdModes))]
    public void The_flood_costs_at_most_eight_bytes_for_each_message_of_a_full_frame(bool sequenceIds)
    {
        const int size = 100, count = 50_000;
        var messages = Enumerable.Range(1, count).Select(i =>
            new LinkRecord(LinkSamples.Message(
                new byte[size], new MessageId(ulong.MaxValue - ((ulong)i % 3), (ulong)i / 3), hops: 5)));
        var frames = new RecordWriter(sequenceIds).Frames(messages).ToList();
        var bytes = frames.Sum(f => (long)f.Bytes!.Length);
        Assert.InRange(frames.Count, 1, 95);
        Assert.InRange((double)(bytes - (size * count)) / count, 0, 8);
    }

    private static void Golden(bool sequenceIds, LinkRecord[] records, string hex)
    {
        var frame = new RecordWriter(sequenceIds).Frames(records).Single();
        Assert.Equal(hex.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexString(frame.Records().Span));
        Assert.Equal(records.Length, Read(sequenceIds, [frame.Records()]).Count);
    }

    private static List<LinkEntry> Read(bool sequenceIds, IEnumerable<ReadOnlyMemory<byte>> frames)
    {
        var reader = new RecordReader(MaxMessage, sequenceIds ? null : Payloads.ContentId);
        List<LinkEntry> read = [];
        foreach (var frame in frames)
        {
            var batch = new ReceivedBatch();
            Assert.Null(reader.Read(frame, batch));
            read.AddRange(batch.Span);
        }
        return read;
    }

    /// <summary>
    /// The upper half of an incarnation equal to the lower: without salt, all of them have the hash 0.
    /// </summary>
    [Theory]
    [InlineData(true), InlineData(false)]
    public void Origins_that_are_made_up_to_share_a_hash_do_not(bool byName)
    {
        var hashes = Enumerable.Range(1, OriginTable.MaxOrigins)
            .Select(i => byName
                ? new Origin(7, $"{i}", "")
                : new Origin(((ulong)i << 32) | (uint)i, "name", ""))
            .Select(OriginTable.Hash);
        Assert.InRange(hashes.Distinct().Count(), OriginTable.MaxOrigins - 64, OriginTable.MaxOrigins);
    }
}
