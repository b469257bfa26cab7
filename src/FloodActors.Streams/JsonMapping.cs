using System.Text.Json;
using System.Text.Json.Nodes;

namespace FloodActors.Streams;

/// <summary>
/// How payloads without a JSON form are sent over a JSON stream, and how they are recognised when they come back. Both
/// directions are needed: a value that came back as plain JSON would be another message, and would be flooded as well.
/// </summary>
/// <param name="ToJson">The JSON of a message of bytes or an object; null for a message that is not to be sent.</param>
/// <param name="FromJson">
/// The payload that a value from the peer stands for; null for a value that is plain JSON.
/// </param>
public sealed record JsonMapping(Func<FloodMessage, JsonElement?> ToJson, Func<JsonElement, FloodPayload?> FromJson)
{
    /// <summary>Bytes as an object with one member, <c>{"$bytes":"aGVsbG8="}</c>. Objects are not sent.</summary>
    /// <param name="name">The member's name.</param>
    public static JsonMapping BytesAsBase64(string name = "$bytes") => new(
        message =>
            message.Kind == PayloadKind.Bytes
                ? JsonSerializer.SerializeToElement(
                    new JsonObject { [name] = Convert.ToBase64String(message.Body.Span) })
                : null,
        value =>
            value.ValueKind == JsonValueKind.Object && value.GetPropertyCount() == 1
                && value.TryGetProperty(name, out var text)
            && text.ValueKind == JsonValueKind.String && text.TryGetBytesFromBase64(out var bytes)
            ? FloodPayload.Bytes(bytes)
            : null);
}
