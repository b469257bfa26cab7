using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Payloads;
using FloodActors.Wire;
using Xunit.Abstractions;

namespace FloodActors.Tests.Wire;

/// <summary>
/// Any bytes may come from a peer. The link's decoders answer a message or what is wrong, never an exception, and
/// allocate no more than the bytes justify.
/// </summary>
public class LinkFuzzTests(ITestOutputHelper output)
{
    private const int Inputs = 10_000;
    private const int MaxRandomLength = 96;
    private const int MaxMessage = 1 << 20;
    private const int FreeAllocation = 32 * 1024;

    /// <summary>A record of three bytes becomes an entry of 56, in an array that doubles.</summary>
    private const int AllocationPerByte = 100;

    private static readonly PayloadCodec Payloads = new(new PayloadOptions(ContentHash.XxHash128, MaxMessage, 64, []));

    public static TheoryData<string> Manifests { get; } = [.. LinkSamples.Golden.Keys];

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Decoding_any_bytes_as_a_link_message_gives_one_or_malformed(string manifest)
    {
        // Spliced with each other too: what is right in one message is wrong in another.
        byte[][] samples = [
            LinkSamples.Bytes(manifest), LinkSamples.Bytes(manifest),
            .. LinkSamples.Golden.Keys.Select(LinkSamples.Bytes)];
        Fuzz(samples, (bytes, _) => LinkSamples.Decode(manifest, bytes) switch
        {
            Malformed malformed =>
                malformed.Reason.Length is > 0 and < 200
                    ? false
                    : throw new InvalidOperationException("a reason of no use"),
            Hello { Node: { } node } => Plausible(node.NodeName, node.Address),
            Welcome { Node: { } node } =>
                Plausible(node.NodeName, node.Address) && node.Window > 0 && node.MaxMessageSize > 0,
            Refused refused => Plausible(refused.Reason),
            Bye bye => Plausible(bye.Reason),
            Frame frame => frame.Seq >= 0 && frame.Start + frame.Size == bytes.Length,
            _ => true,
        });
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public void Reading_any_bytes_as_records_gives_records_or_what_is_wrong(bool sequenceIds)
    {
        var samples = RecordSamples(sequenceIds);
        Fuzz(samples, (bytes, random) =>
        {
            var reader = new RecordReader(MaxMessage, sequenceIds ? null : Payloads.ContentId);
            var batch = new ReceivedBatch();
            // The stream comes in frames that end anywhere, also within a header.
            for (var at = 0; at < bytes.Length;)
            {
                var length = Math.Min(bytes.Length - at, random.Next(4) == 0 ? 1 + random.Next(20) : bytes.Length);
                var problem = reader.Read(bytes.AsMemory(at, length), batch);
                if (problem is not null)
                    return problem.Reason.Length is > 0 and < 200
                        ? false
                        : throw new InvalidOperationException("a reason of no use");
                at += length;
            }
            foreach (var entry in batch.Span)
                if (entry.Body.Length > MaxMessage || entry.Hops < 0
                    || (entry.TellsIds && entry.Body.Length % LinkRecord.ToldSize != 0))
                    throw new InvalidOperationException($"{entry} cannot be");
            return true;
        });
    }

    private static byte[][] RecordSamples(bool sequenceIds)
    {
        var random = new Random(5);
        return Enumerable.Range(0, 20).Select(i =>
        {
            List<LinkRecord> records = [];
            for (var n = random.Next(6); n >= 0; n--)
            {
                records.Add(random.Next(5) switch
                {
                    2 => LinkSamples.Control(RecordType.Prune, new byte[8 * random.Next(3)]),
                    0 => LinkSamples.Control(RecordType.Ids, new byte[LinkRecord.ToldSize * random.Next(4)]),
                    1 => LinkSamples.Control(RecordType.Want, new byte[16 * random.Next(4)]),
                    _ =>
                        new LinkRecord(LinkSamples.Message(
                            new byte[random.Next(40)], new MessageId((ulong)random.Next(3), (ulong)random.Next()),
                            PayloadKind.Text, random.Next(300))),
                });
            }
            return new RecordWriter(sequenceIds).Frames(records).Single().Records().ToArray();
        }).ToArray();
    }

    private static bool Plausible(params string[] texts) =>
        texts.All(t => t.Length <= 1024 && !t.Any(char.IsControl))
            ? true
            : throw new InvalidOperationException("a text that must not get into a log");

    private void Fuzz(byte[][] samples, Func<byte[], RandomInput, bool> decode)
    {
        var random = new RandomInput(output);
        var good = 0;
        var most = 0L;
        foreach (var sample in samples) decode(sample, random);
        for (var i = 0; i < Inputs; i++)
        {
            var bytes = (i % 4) switch
            {
                0 => random.Bytes(MaxRandomLength),
                1 => random.Spliced(samples),
                _ => random.Mutated(samples),
            };
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                good += decode(bytes, random) ? 1 : 0;
            }
            catch (Exception exception)
            {
                Assert.Fail($"Input {i}, {Convert.ToHexString(bytes)}: {exception}");
            }
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            most = Math.Max(most, allocated);
            Assert.True(
                allocated <= FreeAllocation + (AllocationPerByte * (long)bytes.Length),
                $"Input {i}, {Convert.ToHexString(bytes)}: {allocated} bytes allocated");
        }
        output.WriteLine($"{Inputs} inputs, {good} decoded, at most {most} bytes allocated for one.");
    }
}
