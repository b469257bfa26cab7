using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FloodActors;

/// <summary>The codecs that come with the library; docs/topics.md shows how to write others.</summary>
public static class FloodCodec
{
    internal const string Reflects =
        "Reflection of System.Text.Json. Give a codec, or the JsonTypeInfo of a source-generated context.";

    /// <summary>Text as UTF-8. Its name is <c>text</c>.</summary>
    public static IFloodCodec<string> Text { get; } = new TextCodec();

    /// <summary>Bytes as they are; the reader gets a copy. Its name is <c>bytes</c>.</summary>
    public static IFloodCodec<byte[]> Bytes { get; } = new BytesCodec();

    /// <summary>
    /// System.Text.Json by a source-generated context, which also works trimmed and compiled ahead of time. Its name is
    /// <c>json</c>. Members that a reader does not know are ignored, and those that are missing keep their default,
    /// unless the context says otherwise.
    /// </summary>
    public static IFloodCodec<T> Json<T>(JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return new JsonCodec<T>(type);
    }

    /// <summary>System.Text.Json with options, by reflection. Its name is <c>json</c>.</summary>
    [RequiresUnreferencedCode(Reflects)]
    [RequiresDynamicCode(Reflects)]
    public static IFloodCodec<T> Json<T>(JsonSerializerOptions? options = null) =>
        new JsonCodec<T>((JsonTypeInfo<T>)(options ?? JsonSerializerOptions.Default).GetTypeInfo(typeof(T)));

    /// <summary>
    /// Hyperion, for types that <c>flood.hyperion.types</c> lists, as with <see cref="FloodPayload.Object"/>. Its name
    /// is <c>hyperion</c>.
    /// </summary>
    public static IFloodCodec<T> Objects<T>()
        where T : notnull => new ObjectCodec<T>();

    [RequiresUnreferencedCode(Reflects)]
    [RequiresDynamicCode(Reflects)]
    internal static IFloodCodec<T> DefaultOf<T>() =>
        Text as IFloodCodec<T> ?? Bytes as IFloodCodec<T> ?? Json<T>();

    private sealed class TextCodec : IFloodCodec<string>
    {
        private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

        public string Name => "text";

        public void Encode(string value, IBufferWriter<byte> into) => Strict.GetBytes(value, into);

        public string Decode(ReadOnlyMemory<byte> body) => Strict.GetString(body.Span);
    }

    private sealed class BytesCodec : IFloodCodec<byte[]>
    {
        public string Name => "bytes";

        public void Encode(byte[] value, IBufferWriter<byte> into) => into.Write(value);

        public byte[] Decode(ReadOnlyMemory<byte> body) => body.ToArray();
    }

    private sealed class JsonCodec<T>(JsonTypeInfo<T> type) : IFloodCodec<T>
    {
        [ThreadStatic] private static Utf8JsonWriter? s_writer;

        public string Name => "json";

        public void Encode(T value, IBufferWriter<byte> into)
        {
            var writer = s_writer ??= new Utf8JsonWriter(into);
            writer.Reset(into);
            try
            {
                JsonSerializer.Serialize(writer, value, type);
                writer.Flush();
            }
            catch
            {
                s_writer = null;
                throw;
            }
        }

        public T Decode(ReadOnlyMemory<byte> body) => JsonSerializer.Deserialize(body.Span, type)!;
    }
}

/// <summary>Values that the flood itself encodes: the list of types is its own.</summary>
internal sealed class ObjectCodec<T> : IFloodCodec<T>
{
    public string Name => "hyperion";

    public void Encode(T value, IBufferWriter<byte> into) =>
        throw new NotSupportedException("Objects are encoded by the flood whose topic has this codec.");

    public T Decode(ReadOnlyMemory<byte> body) =>
        throw new NotSupportedException("Objects are decoded by the flood whose topic has this codec.");
}
