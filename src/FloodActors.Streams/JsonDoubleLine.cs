using System.Text.Json;
using Akka;
using Akka.IO;
using Akka.Streams.Dsl;
using FloodActors.Streams.Json;

namespace FloodActors.Streams;

/// <summary>
/// JSON values over bytes, each followed by a blank line, as npm's <c>pull-json-doubleline</c> prints and parses them. Values from the other side may
/// be indented and come in any chunks; blank lines without a value between them keep a connection alive and mean nothing.
/// </summary>
/// <example><code>connection.HandleWith(flood.CreateJsonStream(id).Join(JsonDoubleLine.Create()), materializer);</code></example>
public static class JsonDoubleLine
{
    /// <summary>What a flood takes by default (<c>flood.max-message-size</c>).</summary>
    public const int DefaultMaxBytes = 4 << 20;

    /// <summary>What a flood takes by default (<c>flood.json.max-depth</c>).</summary>
    public const int DefaultMaxDepth = 64;

    /// <summary>Between JSON values on one side and bytes on the other.</summary>
    /// <param name="maxBytes">
    /// Bytes of the largest value taken from the other side, white space and escapes not counted. It is enforced as they come: a value without
    /// an end costs no more than this.
    /// </param>
    /// <param name="maxDepth">How deep arrays and objects may be nested, likewise.</param>
    /// <remarks>
    /// The bytes' side fails with a <see cref="FloodStreamException"/> on what is too large or too deep, on what is not JSON or not UTF-8, and on an end in the
    /// middle of a value.
    /// </remarks>
    public static BidiFlow<JsonElement, ByteString, ByteString, JsonElement, NotUsed> Create(int maxBytes = DefaultMaxBytes, int maxDepth = DefaultMaxDepth)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxDepth, 1);
        return BidiFlow.FromFlows(Flow.FromGraph(new JsonEncoderStage()), Flow.FromGraph(new JsonDecoderStage(maxBytes, maxDepth)));
    }

    /// <summary>With the limits of a flood. A number may be printed longer than the flood keeps it, so twice its size is read; what it refuses then is too large.</summary>
    /// <inheritdoc cref="Create(int, int)"/>
    public static BidiFlow<JsonElement, ByteString, ByteString, JsonElement, NotUsed> For(Flood flood)
    {
        ArgumentNullException.ThrowIfNull(flood);
        return Create((2 * flood.Settings.MaxMessageSize) + 64, flood.Settings.JsonMaxDepth);
    }
}
