using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FloodActors;

/// <summary>
/// The contents of a message: text, a JSON value, bytes, or an object. The append checks whether it can be sent, and
/// answers with a <see cref="FloodRejection"/> if not; the factories throw for null only.
/// </summary>
public sealed class FloodPayload
{
    private FloodPayload(PayloadKind kind, object content)
    {
        Kind = kind;
        Content = content;
    }

    /// <summary>
    /// The kind of the contents. A JSON value that is a string is sent as text, so the receiver sees
    /// <see cref="PayloadKind.Text"/> for it.
    /// </summary>
    public PayloadKind Kind { get; }

    /// <summary>
    /// A string (text, or JSON as text), a byte array (bytes, or JSON as UTF-8), a <see cref="Flaw"/>, what is
    /// <see cref="Ready"/>, or the object
    /// itself.
    /// </summary>
    internal object Content { get; }

    /// <summary>The topic it is for, and so on; null for none.</summary>
    internal Wire.Subject? Subject { get; private init; }

    /// <summary>Text. The same message as the JSON string of the same characters.</summary>
    public static FloodPayload Text(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new FloodPayload(PayloadKind.Text, text);
    }

    /// <summary>
    /// A JSON value. It is copied with its numbers as they were written, and the document may be disposed afterwards.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The element's document has been disposed already.</exception>
    public static FloodPayload Json(JsonElement value)
        => value.ValueKind == JsonValueKind.Undefined
            ? new FloodPayload(PayloadKind.Json, new Flaw("it is an undefined element"))
            : new FloodPayload(PayloadKind.Json, JsonMarshal.GetRawUtf8Value(value).ToArray());

    /// <summary>
    /// A copy of a JSON value; later changes of the node have no effect. Null is JSON's <c>null</c>.
    /// </summary>
    public static FloodPayload Json(JsonNode? value) => new(PayloadKind.Json, Payloads.JsonNodeSnapshot.Take(value));

    /// <summary>
    /// A JSON value as JSON text, like <c>{"a":1}</c>. For a string that is to be sent as it is, see
    /// <see cref="Text"/>.
    /// </summary>
    public static FloodPayload Json(string jsonText)
    {
        ArgumentNullException.ThrowIfNull(jsonText);
        return new FloodPayload(PayloadKind.Json, jsonText);
    }

    /// <summary>A JSON value as UTF-8 text. The bytes are copied.</summary>
    public static FloodPayload Json(ReadOnlyMemory<byte> utf8) => new(PayloadKind.Json, utf8.ToArray());

    /// <summary>Bytes as they are. They are copied.</summary>
    public static FloodPayload Bytes(ReadOnlyMemory<byte> bytes) => new(PayloadKind.Bytes, bytes.ToArray());

    /// <summary>
    /// An object of a type that <c>flood.hyperion.types</c> or <see cref="FloodSettings.AllowObjects"/> lists, or a
    /// bool, number, char, string, Guid, DateTime or DateTimeOffset, or an array of these. Do not change it before the
    /// append completes. A node whose type has other members reports that it cannot decode the object; if types change
    /// between versions, send JSON. Equal objects appended on two nodes may be two messages, since the order inside a
    /// set or dictionary is part of the bytes.
    /// </summary>
    public static FloodPayload Object(object value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new FloodPayload(PayloadKind.Object, value);
    }

    /// <summary>The same as <see cref="Text"/>.</summary>
    public static implicit operator FloodPayload(string text) => Text(text);

    /// <summary>The same as <see cref="Bytes"/>.</summary>
    public static implicit operator FloodPayload(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return Bytes(bytes);
    }

    /// <summary>A value of a topic, as its codec wrote it. The bytes are kept.</summary>
    internal static FloodPayload Encoded(PayloadKind kind, byte[] body, Wire.Subject subject) =>
        new(kind, new Ready(body)) { Subject = subject };

    /// <summary>The same payload in a topic.</summary>
    internal FloodPayload In(Wire.Subject subject) => new(Kind, Content) { Subject = subject };

    /// <summary>What a codec wrote: nothing is done to it.</summary>
    internal sealed record Ready(byte[] Body);

    /// <summary>JSON that could not be kept: why, as the end of a sentence.</summary>
    internal sealed record Flaw(string Why);
}
