using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FloodActors.Core;
using FloodActors.Payloads;
using FloodActors.Wire;

namespace FloodActors.Tests.Wire;

public class PayloadCodecTests
{
    private const int Limit = 1000;

    private static readonly PayloadCodec Codec = Make(ContentHash.XxHash128);

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("grüße, 世界 😂 \0\n")]
    public void Text_comes_back_as_it_was(string text)
    {
        var encoded = Encoded(FloodPayload.Text(text));
        Assert.Equal(PayloadKind.Text, encoded.Kind);
        Assert.Equal(text, Codec.DecodeText(encoded.Body.Span));
    }

    [Fact]
    public void Bytes_come_back_as_they_were_and_belong_to_the_message()
    {
        byte[] bytes = [0, 255, 1, 128];
        FloodPayload payload = bytes;
        bytes[0] = 77;
        var encoded = Encoded(payload);
        Assert.Equal(PayloadKind.Bytes, encoded.Kind);
        Assert.Equal(new byte[] { 0, 255, 1, 128 }, encoded.Body.ToArray());
    }

    [Fact]
    public void A_JSON_value_comes_back_as_the_same_value()
    {
        var encoded = Encoded(FloodPayload.Json("""{ "b": [1.0, null, "x"], "a": {"deep": true} }"""));
        Assert.Equal(PayloadKind.Json, encoded.Kind);
        Assert.Equal("""{"a":{"deep":true},"b":[1,null,"x"]}""", Encoding.UTF8.GetString(encoded.Body.Span));
        Assert.Equal("x", Codec.DecodeJson(encoded.Body).GetProperty("b")[2].GetString());
    }

    [Fact]
    public void An_object_comes_back_equal()
    {
        var encoded = Encoded(FloodPayload.Object(new Point(3, 4)));
        Assert.Equal(PayloadKind.Object, encoded.Kind);
        Assert.Equal(new Point(3, 4), Codec.DecodeObject(encoded.Body));
    }

    [Fact]
    public void Every_way_to_give_one_JSON_value_is_one_message()
    {
        const string text = """{"n":1,"s":"é"}""";
        using var document = JsonDocument.Parse(""" {"s":"\u00e9","n":1.0} """);
        FloodPayload[] payloads =
        [
            FloodPayload.Json(text),
            FloodPayload.Json(Encoding.UTF8.GetBytes(text)),
            FloodPayload.Json(document.RootElement),
            FloodPayload.Json(JsonNode.Parse(text)),
            FloodPayload.Json(new JsonObject { ["s"] = "é", ["n"] = 1m }),
        ];
        Assert.Single(payloads.Select(Id).Distinct());
    }

    [Fact]
    public void Text_and_the_JSON_string_of_the_same_characters_are_one_message()
    {
        var text = Id("a \"quoted\" é\n");
        Assert.Equal(text, Id(FloodPayload.Json("\"a \\\"quoted\\\" \\u00e9\\n\"")));
        Assert.Equal(text, Id(FloodPayload.Json(JsonValue.Create("a \"quoted\" é\n"))));
        Assert.Equal(PayloadKind.Text, Encoded(FloodPayload.Json("\"a\"")).Kind);
    }

    [Fact]
    public void A_JSON_payload_keeps_the_value_it_was_made_from()
    {
        var node = new JsonObject { ["a"] = 1 };
        var fromNode = FloodPayload.Json(node);
        node["a"] = 2;
        Assert.Equal("""{"a":1}""", Encoding.UTF8.GetString(Encoded(fromNode).Body.Span));

        FloodPayload fromElement;
        using (var document = JsonDocument.Parse("[1]"))
            fromElement = FloodPayload.Json(document.RootElement);
        Assert.Equal("[1]", Encoding.UTF8.GetString(Encoded(fromElement).Body.Span));
        Assert.Equal("null", Encoding.UTF8.GetString(Encoded(FloodPayload.Json((JsonNode?)null)).Body.Span));
    }

    [Theory]
    [InlineData(ContentHash.XxHash128)]
    [InlineData(ContentHash.Sha256)]
    public void The_same_bytes_of_another_kind_or_other_bytes_are_another_message(ContentHash hash)
    {
        var codec = Make(hash);
        var ids = new HashSet<MessageId>();
        foreach (var kind in Enum.GetValues<PayloadKind>())
        {
            foreach (var body in new[] { "", "1", "[]", "12", new string('x', 500) })
            {
                var id = codec.ContentId(kind, Encoding.UTF8.GetBytes(body));
                Assert.True(ids.Add(id));
                Assert.Equal(id, codec.ContentId(kind, Encoding.UTF8.GetBytes(body)));
            }
        }
    }

    [Fact]
    public void Ids_are_fixed_for_ever_since_nodes_of_all_versions_share_them()
    {
        Assert.Equal(
            "169e74060ed62f5a39649ef80dd457dc",
            Make(ContentHash.XxHash128).ContentId(PayloadKind.Text, "flood"u8).ToString());
        Assert.Equal(
            "26080faec36c91d9d2d3b88b425b2b95",
            Make(ContentHash.Sha256).ContentId(PayloadKind.Text, "flood"u8).ToString());
    }

    [Theory]
    [InlineData(ContentHash.XxHash128)]
    [InlineData(ContentHash.Sha256)]
    public void Computing_an_id_allocates_nothing(ContentHash hash)
    {
        var codec = Make(hash);
        var body = new byte[10_000];
        codec.ContentId(PayloadKind.Bytes, body);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            codec.ContentId(PayloadKind.Bytes, body);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_payload_of_the_largest_size_is_taken_and_one_byte_more_is_refused_naming_the_setting_and_both_sizes()
    {
        Encoded(new byte[Limit]);
        Encoded(new string('x', Limit));
        Encoded(FloodPayload.Json($"  [\"{new string('x', Limit - 4)}\"]  "));
        FloodPayload[] tooLarge =
        [
            new byte[Limit + 1], new string('x', Limit + 1), new string('é', (Limit / 2) + 1),
            FloodPayload.Json($"[\"{new string('x', Limit - 3)}\"]"),
            FloodPayload.Object(new Named(new string('x', Limit))),
        ];
        foreach (var payload in tooLarge)
        {
            var why = Refused(payload, RejectReason.TooLarge);
            Assert.Contains("flood.max-message-size is 1000", why, StringComparison.Ordinal);
            Assert.Matches("takes 1[0-9]{3} bytes", why);
        }
    }

    [Fact]
    public void Text_with_a_lone_surrogate_is_refused_not_altered()
    {
        Assert.Contains("index 2", Refused("ab\ud800c", RejectReason.InvalidText), StringComparison.Ordinal);
        Refused(FloodPayload.Json("[\"\ud800\"]"), RejectReason.InvalidJson);
        Refused(FloodPayload.Json(new JsonArray("a", "\ud800")), RejectReason.InvalidJson);
        Refused(FloodPayload.Json(new JsonObject { ["\udc00"] = 1 }), RejectReason.InvalidJson);
        Encoded(FloodPayload.Json(new JsonArray("\uFFFD", "😂")));
    }

    [Fact]
    public void JSON_that_cannot_be_carried_is_refused_with_what_to_change()
    {
        Assert.Contains(
            "send it as a string", Refused(FloodPayload.Json("[12345678901234567890]"), RejectReason.InvalidJson),
            StringComparison.Ordinal);
        Assert.Contains(
            "twice", Refused(FloodPayload.Json("""{"a":1,"a":1}"""), RejectReason.InvalidJson),
            StringComparison.Ordinal);
        Assert.Contains(
            "flood.json.max-depth", Refused(FloodPayload.Json(new string('[', 500)), RejectReason.InvalidJson),
            StringComparison.Ordinal);
        Refused(FloodPayload.Json("{"), RejectReason.InvalidJson);
        Refused(FloodPayload.Json(default(JsonElement)), RejectReason.InvalidJson);
        Refused(FloodPayload.Json(new JsonArray(double.NaN)), RejectReason.InvalidJson);
        Refused(FloodPayload.Json(new byte[] { 0xFF }.AsMemory()), RejectReason.InvalidJson);
    }

    [Fact]
    public void An_object_of_another_type_is_refused_naming_the_setting_and_the_type_to_add()
    {
        var why = Refused(FloodPayload.Object(new Uri("http://localhost")), RejectReason.TypeNotAllowed);
        Assert.Contains("\"System.Uri, System.Private.Uri\"", why, StringComparison.Ordinal);
        Assert.Contains("flood.hyperion.types", why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1, 2]")]
    [InlineData("{\"b\":1,\"a\":2}")]
    [InlineData("1.0")]
    [InlineData("\"text\"")]
    [InlineData("[\"\\u0041\"]")]
    [InlineData("")]
    [InlineData("[1")]
    public void A_JSON_body_that_no_node_would_have_written_is_undecodable(string body)
        => Assert.Throws<UndecodablePayloadException>(() => Codec.DecodeJson(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void A_text_body_that_is_not_UTF_8_is_undecodable()
        => Assert.Throws<UndecodablePayloadException>(() => Codec.DecodeText([0xC3, 0x28]));

    private static PayloadCodec Make(ContentHash hash) =>
        new(new PayloadOptions(hash, Limit, 64, [typeof(Point), typeof(Named)]));

    private static EncodedPayload Encoded(FloodPayload payload)
    {
        Assert.True(Codec.TryEncode(payload, out var encoded, out var why), why?.Message);
        return encoded;
    }

    private static MessageId Id(FloodPayload payload)
    {
        var encoded = Encoded(payload);
        return Codec.ContentId(encoded.Kind, encoded.Body.Span);
    }

    private static string Refused(FloodPayload payload, RejectReason reason)
    {
        Assert.False(Codec.TryEncode(payload, out _, out var why));
        Assert.Equal(reason, why.Reason);
        return why.Message;
    }

    public sealed record Point(int X, int Y);

    public sealed record Named(string Name);
}
