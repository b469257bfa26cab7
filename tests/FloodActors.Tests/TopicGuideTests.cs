using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Akka.Actor;
using FloodActors;
using FloodActors.Tests.Actors;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using MessagePack;

// Not in a namespace of the library: the code of the guide must compile where its readers write it.
namespace Guides;

[MessagePackObject]
public sealed record Price([property: Key(0)] string Symbol, [property: Key(1)] decimal Rate);

[JsonSerializable(typeof(Price))]
internal sealed partial class AppJson : JsonSerializerContext;

public sealed class MessagePackCodec<T> : IFloodCodec<T>
{
    public string Name => "msgpack";
    public void Encode(T value, IBufferWriter<byte> into) => MessagePackSerializer.Serialize(into, value, Options);
    public T Decode(ReadOnlyMemory<byte> body) => MessagePackSerializer.Deserialize<T>(body, Options);

    // Peers choose the bytes.
    private static readonly MessagePackSerializerOptions Options =
        MessagePackSerializerOptions.Standard.WithSecurity(MessagePackSecurity.UntrustedData);
}

public sealed class ProtobufCodec<T>(MessageParser<T> parser) : IFloodCodec<T> where T : IMessage<T>
{
    public string Name => "protobuf";
    public void Encode(T value, IBufferWriter<byte> into) => value.WriteTo(into);
    public T Decode(ReadOnlyMemory<byte> body) => parser.ParseFrom(new ReadOnlySequence<byte>(body));
}

/// <summary>The code of docs/topics.md. The last test holds the page to it, block by block.</summary>
public sealed partial class TopicGuideTests
{
    [Fact]
    public Task MessagePack_crosses_the_network() => Crosses(
        new MessagePackCodec<Price>(), [new Price("EUR/USD", 1.09m), new Price("", decimal.MaxValue)]);

    [Fact]
    public Task Protobuf_crosses_the_network() => Crosses(
        new ProtobufCodec<Struct>(Struct.Parser),
        [
            new Struct(),
            new Struct
            {
                Fields =
                {
                    ["symbol"] = Value.ForString("EUR/USD"),
                    ["rates"] = Value.ForList(Value.ForNumber(1.09), Value.ForNull()),
                },
            },
        ]);

    [Fact]
    public async Task A_reader_with_another_codec_is_told_both_and_bytes_that_a_codec_cannot_read_are_undecodable()
    {
        await using var writer = TestNode.Start("writer");
        await using var reader = TestNode.Start("reader");
        Assert.IsType<Connected>(await reader.Flood.ConnectAsync(writer.Address));
        var flaws = new ConcurrentQueue<(string Reader, string Reason)>();
        await Read("protobuf", new ProtobufCodec<Struct>(Struct.Parser));
        await Read("msgpack", new MessagePackCodec<Price>());
        var msgpack = writer.Flood.Topic("prices", new MessagePackCodec<Price>());
        var protobuf = writer.Flood.Topic("prices", new ProtobufCodec<Struct>(Struct.Parser));

        Assert.IsType<Appended>(await msgpack.AppendAsync(new Price("EUR/USD", 1.09m)));
        await Told(("protobuf", Mismatch("msgpack", "protobuf")));
        Assert.IsType<Appended>(await protobuf.AppendAsync(new Struct()));
        await Told(("msgpack", Mismatch("protobuf", "msgpack")));

        // Bytes that are not of the codec that they name.
        Assert.IsType<Appended>(await writer.Flood.Topic("prices", new Forged("msgpack")).AppendAsync([0xc1]));
        Assert.IsType<Appended>(await writer.Flood.Topic("prices", new Forged("protobuf")).AppendAsync([0xff]));
        await Told(
            ("msgpack", "The codec 'msgpack' cannot read it as Guides.Price: "),
            ("protobuf", "The codec 'protobuf' cannot read it as Google.Protobuf.WellKnownTypes.Struct: "));

        Task Read<T>(string name, IFloodCodec<T> codec) => reader.Flood.Topic("prices", codec).Listen(
            _ => { }, happened => flaws.Enqueue((name, Assert.IsType<MessageUndecodable>(happened).Reason)));

        Task Told(params (string Reader, string Reason)[] expected) => Eventually.Holds(
            () => expected.All(flaw => flaws.Any(told =>
                told.Reader == flaw.Reader && told.Reason.StartsWith(flaw.Reason, StringComparison.Ordinal))),
            $"it is told {string.Join("; ", expected)}");

        static string Mismatch(string written, string read) =>
            $"writer encoded it with the codec '{written}', and this subscriber of 'prices' reads '{read}'.";
    }

    [Fact]
    public async Task The_latest_value_of_a_key_is_read_and_removed_and_a_validator_is_set()
    {
        await using var node = TestNode.Start("node");
        await ReadLatest(node.Flood.Topic("prices", AppJson.Default.Price), new Price("EUR/USD", 1.09m));
        using var system = ActorSystem.Create("flood", "akka { loglevel = OFF, stdout-loglevel = OFF }");
        Limit(system);
        Assert.IsType<FloodLimits>(Flood.Get(system).Settings.Validator);
        await system.Terminate();
    }

    [Fact]
    public void The_page_shows_the_code_of_these_tests()
    {
        var source = Squeezed(File.ReadAllText(ThisFile()));
        var page = File.ReadAllText(
            Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "docs", "topics.md"));
        var blocks = CodeBlock().Matches(page).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.Contains(Squeezed(block), source, StringComparison.Ordinal));
    }

    /// <summary>The loop has no end, so this is compiled and not run.</summary>
    internal static async Task Subscribe(Flood flood, IActorRef actor)
    {
        var prices = flood.Topic("prices", AppJson.Default.Price);     // System.Text.Json, source-generated

        await prices.Subscribe(actor);                                 // the actor gets TopicMessage<Price>
        await prices.Listen(m => Show(m.Value, m.Origin, m.Time));     // or a function
        await foreach (var m in prices.MessagesAsync()) { }            // or a loop

        await prices.AppendAsync(new Price("EUR/USD", 1.09m));         // Appended, or Rejected with the reason

        static void Show(Price value, string origin, DateTimeOffset time) =>
            Console.WriteLine($"{value} {origin} {time}");
    }

    private static async Task ReadLatest(FloodTopic<Price> prices, Price expected)
    {
        await prices.AppendAsync(new Price("EUR/USD", 1.09m), key: "EUR/USD");
        var latest = await prices.LatestAsync("EUR/USD");              // or LatestAsync() for all keys
        await prices.RemoveAsync("EUR/USD");

        Assert.Equal(expected, latest!.Value);
        Assert.True((await prices.LatestAsync("EUR/USD")) is null or { IsRemoval: true });
    }

    private static void Limit(ActorSystem system)
    {
        Flood.Start(system, configure: settings => settings with
        {
            Validator = new FloodLimits
            {
                MaxSize = 16_384,
                PerOriginAndSecond = 100,
                Topics = { ["config"] = new TopicLimits { Origins = ["control"] } },
            },
        });
    }

    /// <summary>To a subscriber on another node, and as the latest value of a key.</summary>
    private static async Task Crosses<T>(IFloodCodec<T> codec, IReadOnlyList<T> values)
        where T : class
    {
        await using var writer = TestNode.Start("writer");
        await using var reader = TestNode.Start("reader");
        Assert.IsType<Connected>(await reader.Flood.ConnectAsync(writer.Address));
        var got = new ConcurrentQueue<object>();
        var topic = reader.Flood.Topic("prices", codec);
        await topic.Listen(message => got.Enqueue(message.Value), got.Enqueue);
        foreach (var value in values)
            Assert.IsType<Appended>(await writer.Flood.Topic("prices", codec).AppendAsync(value));
        await Eventually.Holds(() => got.Count >= values.Count, "all have come");
        Assert.Equal(values, got);

        Assert.IsType<Appended>(await writer.Flood.Topic("prices", codec).AppendAsync(values[^1], key: "last"));
        await Eventually.HoldsAsync(async () => await topic.LatestAsync("last") is not null, "the key has come");
        var latest = await topic.LatestAsync("last");
        Assert.Equal((values[^1], codec.Name), (latest!.Value, latest.Message.Codec));
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    private static string Squeezed(string code) => Whitespace().Replace(code, " ").Trim();

    [GeneratedRegex(@"```csharp\r?\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();

    private sealed class Forged(string name) : IFloodCodec<byte[]>
    {
        public string Name => name;

        public void Encode(byte[] value, IBufferWriter<byte> into) => into.Write(value);

        public byte[] Decode(ReadOnlyMemory<byte> body) => body.ToArray();
    }
}
