using System.Text.Json;
using Akka;
using Akka.IO;
using Akka.Streams.Dsl;
using FloodActors.Streams.Json;
using FloodActors.Streams.Sockets;

namespace FloodActors.Streams;

/// <summary>
/// JSON values over bytes, each followed by a blank line, as npm's <c>pull-json-doubleline</c> prints and parses them.
/// Values from the other side may be indented and come in any chunks; blank lines without a value between them keep a
/// connection alive and are otherwise ignored.
/// </summary>
/// <example><code>connection.HandleWith(flood.CreateJsonStream(id).Join(JsonDoubleLine.For(flood)),
/// materializer);</code></example>
public static class JsonDoubleLine
{
    /// <summary>The default of <c>flood.max-message-size</c>.</summary>
    public const int DefaultMaxBytes = 4 << 20;

    /// <summary>The default of <c>flood.json.max-depth</c>.</summary>
    public const int DefaultMaxDepth = 64;

    /// <summary>The default of <c>flood-streams.json.value-timeout</c>.</summary>
    public static readonly TimeSpan DefaultValueTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Converts between JSON values on one side and bytes on the other.</summary>
    /// <param name="maxBytes">
    /// Bytes of the largest value taken from the other side, white space and escapes not counted. It is enforced
    /// while they arrive: a value without an end costs no more than this.
    /// </param>
    /// <param name="maxDepth">How deep arrays and objects may be nested, likewise.</param>
    /// <param name="valueTimeout">
    /// How long a value may take from its first byte to the blank line after it. By default
    /// <see cref="DefaultValueTimeout"/>.
    /// </param>
    /// <remarks>
    /// The bytes' side fails with a <see cref="FloodStreamException"/> on what is too large, too deep or too slow, on
    /// what is not JSON or not UTF-8, and on an end in the middle of a value.
    /// </remarks>
    public static BidiFlow<JsonElement, ByteString, ByteString, JsonElement, NotUsed> Create(
        int maxBytes = DefaultMaxBytes, int maxDepth = DefaultMaxDepth, TimeSpan? valueTimeout = null)
    {
        var timeout = valueTimeout ?? DefaultValueTimeout;
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxDepth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero, nameof(valueTimeout));
        return Create(new JsonLimits(maxBytes, maxDepth, timeout));
    }

    /// <summary>
    /// With the limits of a flood, and its share of the memory that unfinished values of all JSON connections of the
    /// flood may take. A number may be printed longer than the flood keeps it, so twice the size limit is read before
    /// the flood applies the exact limit.
    /// </summary>
    /// <param name="flood">The flood.</param>
    /// <param name="options">By default those of <c>reference.conf</c>.</param>
    /// <inheritdoc cref="Create(int, int, TimeSpan?)"/>
    public static BidiFlow<JsonElement, ByteString, ByteString, JsonElement, NotUsed> For(
        Flood flood, JsonPeerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(flood);
        options = (options ?? new JsonPeerOptions()).Checked(flood);
        var budget = JsonUsage.Of(flood).Values;
        return Create(new JsonLimits(
            LargestValue(flood),
            flood.Settings.JsonMaxDepth,
            options.ValueTimeout,
            () => new ValueMemory(budget, options.UnfinishedBytes)));
    }

    internal static int LargestValue(Flood flood) => (2 * flood.Settings.MaxMessageSize) + 64;

    private static BidiFlow<JsonElement, ByteString, ByteString, JsonElement, NotUsed> Create(JsonLimits limits) =>
        BidiFlow.FromFlows(Flow.FromGraph(new JsonEncoderStage()), Flow.FromGraph(new JsonDecoderStage(limits)));
}
