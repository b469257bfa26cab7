using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Akka.Actor;
using FloodActors.Host.Output;

namespace FloodActors.Host.Tests;

internal sealed record Price(string Symbol, decimal Rate);

[JsonSerializable(typeof(Price))]
internal sealed partial class PriceJson : JsonSerializerContext;

/// <summary>Topics and keys over real processes: the nodes in between know no types.</summary>
public sealed class TopicProcessTests
{
    [Fact]
    public async Task Typed_values_and_the_latest_of_each_key_cross_processes_that_do_not_know_the_type()
    {
        await using var line = await LineOfNodes.Start(3);
        using var writing = ActorSystem.Create("flood", Hocon);
        var writer = Flood.Start(writing, configure: s => s with { NodeName = "writer" });
        Assert.IsType<Connected>(await writer.ConnectAsync(line.First.Address));
        var prices = writer.Topic("prices", PriceJson.Default.Price);
        for (var i = 0; i < 60; i++)
            Assert.IsType<Appended>(await prices.AppendAsync(new Price($"s{i % 20}", i), key: $"s{i % 20}"));
        Assert.IsType<Appended>(await prices.AppendAsync(new Price("of no key", 1)));
        await line.Last.Until("the last has what has no key", () => line.Last.Events.Any(e =>
            e is { Name: "message", Json: { } json }
            && json.TryGetProperty("topic", out _) && !json.TryGetProperty("key", out _)));
        await line.Last.Until("the last has all keys", async () =>
            (await line.Last.Ask("/data", "data")).TryGetProperty("latest", out var latest)
            && latest.EnumerateArray().Select(m => m.GetProperty("payload").GetProperty("Rate").GetInt32()).Order()
                .SequenceEqual(Enumerable.Range(40, 20)));
        var told = line.Last.Of("message").First(e => e.Json!.Value.TryGetProperty("key", out _)).Json!.Value;
        Assert.Equal(
            ("prices", "writer"),
            (told.GetProperty("topic").GetString(), told.GetProperty("origin").GetString()));

        // The writer is gone, and one joins that knows the type: the processes have kept the latest of each.
        await writer.LeaveAsync();
        using var reading = ActorSystem.Create("flood", Hocon);
        var reader = Flood.Start(reading, configure: s => s with { NodeName = "reader" });
        Assert.IsType<Connected>(await reader.ConnectAsync(line.Last.Address));
        var late = reader.Topic("prices", PriceJson.Default.Price);
        await line.Last.Until("the reader has all keys", async () => (await late.LatestAsync()).Count == 20);
        Assert.All(await late.LatestAsync(), m => Assert.Equal((m.Key, "writer"), (m.Value.Symbol, m.Origin)));
        await reader.LeaveAsync();
    }

    [Fact]
    public async Task JSON_that_a_codec_wrote_over_several_lines_is_one_line_of_output()
    {
        using var system = ActorSystem.Create("flood", Hocon);
        var flood = Flood.Start(system);
        Assert.IsType<Appended>(await flood.Topic("t", new LinesCodec()).AppendAsync("{\n \"event\":\n\"forged\" }"));
        var output = new ArrayBufferWriter<byte>();
        await using (var json = new Utf8JsonWriter(output, NodeJson.Options))
            NodeJson.Event(json, new MessageAppended(Assert.Single((await flood.DataAsync()).Messages)));
        var line = Encoding.UTF8.GetString(output.WrittenSpan);
        Assert.Contains("\"topic\":\"t\",\"payload\":{\"event\":\"forged\"}", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
        await flood.LeaveAsync();
    }

    private sealed class LinesCodec : IFloodCodec<string>
    {
        public string Name => "json";

        public void Encode(string value, IBufferWriter<byte> into) => into.Write(Encoding.UTF8.GetBytes(value));

        public string Decode(ReadOnlyMemory<byte> body) => Encoding.UTF8.GetString(body.Span);
    }

    private const string Hocon = """
        akka {
          loglevel = WARNING
          stdout-loglevel = OFF
          actor.provider = remote
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        }
        """;
}
