using System.Buffers;
using System.Text.Json;

namespace FloodActors.Host.Http;

/// <summary>The body that a client posts: <c>{"text": "..."}</c> or <c>{"json": value}</c>.</summary>
internal static class PostedMessage
{
    /// <summary>The payload; null when it is neither of the two.</summary>
    /// <param name="body">What was posted.</param>
    /// <param name="maxDepth">How deep a JSON value may be nested (<c>flood.json.max-depth</c>).</param>
    public static FloodPayload? Read(in ReadOnlySequence<byte> body, int maxDepth)
    {
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = maxDepth + 1 });
            FloodPayload? payload = null;
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var (isText, isJson) = (reader.ValueTextEquals("text"u8), reader.ValueTextEquals("json"u8));
                reader.Read();
                if (isText && reader.TokenType == JsonTokenType.String)
                {
                    payload = FloodPayload.Text(reader.GetString()!);
                    continue;
                }
                var start = reader.TokenStartIndex;
                reader.Skip();
                if (isJson) payload ??= FloodPayload.Json(body.Slice(start, reader.BytesConsumed - start).ToArray());
            }
            // Nothing may follow; another read would find it.
            return reader.Read() ? null : payload;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or text with a lone surrogate.
            return null;
        }
    }
}
