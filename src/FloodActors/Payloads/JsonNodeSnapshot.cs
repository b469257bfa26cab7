using System.Text.Json;
using System.Text.Json.Nodes;

namespace FloodActors.Payloads;

/// <summary>The JSON of a JsonNode as bytes, before its owner changes it.</summary>
internal static class JsonNodeSnapshot
{
    /// <summary>The UTF-8 of the JSON, or a <see cref="FloodPayload.Flaw"/> when the node has none.</summary>
    public static object Take(JsonNode? node)
    {
        if (node is null)
            return "null"u8.ToArray();
        try
        {
            var stream = new MemoryStream();
            using (var writer = new Utf8JsonWriter(stream))
                Write(node, writer);
            return HasLoneSurrogate(node)
                ? new FloodPayload.Flaw("a string in it holds a lone surrogate, which has no UTF-8 form")
                : stream.ToArray();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // NaN and infinities, nesting beyond the writer's limit, or the getter of an object that the node wraps.
            return new FloodPayload.Flaw(exception.Message.TrimEnd('.'));
        }
    }

    /// <summary>
    /// Like the node's own writer, except for doubles: System.Text.Json writes two of them as different numbers.
    /// </summary>
    private static void Write(JsonNode? node, Utf8JsonWriter writer)
    {
        switch (node)
        {
            case null:
                writer.WriteNullValue();
                break;
            case JsonObject members:
                writer.WriteStartObject();
                foreach (var (name, value) in members)
                {
                    writer.WritePropertyName(name);
                    Write(value, writer);
                }

                writer.WriteEndObject();
                break;
            case JsonArray elements:
                writer.WriteStartArray();
                foreach (var element in elements)
                    Write(element, writer);
                writer.WriteEndArray();
                break;
            // A number that was parsed keeps its digits.
            case JsonValue value when !value.TryGetValue<JsonElement>(out _) && value.TryGetValue(out double number)
                && double.IsFinite(number):
                Span<byte> text = stackalloc byte[CanonicalNumber.MaxLength];
                writer.WriteRawValue(text[..CanonicalNumber.Format(number, text)], skipInputValidation: true);
                break;
            default:
                node.WriteTo(writer);
                break;
        }
    }

    /// <summary>
    /// The writer replaces lone surrogates silently. It also bounds the depth, so this check comes after it.
    /// </summary>
    private static bool HasLoneSurrogate(JsonNode? node) => node switch
    {
        JsonObject members =>
            members.Any(member => !PayloadCodec.IsWellFormed(member.Key) || HasLoneSurrogate(member.Value)),
        JsonArray elements => elements.Any(HasLoneSurrogate),
        JsonValue value => (value.TryGetValue(out string? text) && !PayloadCodec.IsWellFormed(text))
            || (value.TryGetValue(out char character) && char.IsSurrogate(character)),
        _ => false,
    };
}
