using System.Buffers;

namespace FloodActors;

/// <summary>
/// Encodes the values of a topic as bytes and decodes them. Every message carries the codec's name, so a reader with
/// another codec reports the difference instead of misreading bytes. The codec decides which changes of a type old and
/// new versions can read.
/// </summary>
/// <typeparam name="T">The type of the values.</typeparam>
public interface IFloodCodec<T>
{
    /// <summary>
    /// Names the encoding: at most 32 bytes of UTF-8. If the encoding changes in a way that older readers cannot read,
    /// change the name. Pages and tools show payloads with the names <c>text</c> and <c>json</c> as such.
    /// </summary>
    string Name { get; }

    /// <summary>Encodes a value. If it throws, the append is rejected.</summary>
    void Encode(T value, IBufferWriter<byte> into);

    /// <summary>
    /// Decodes a value, whose bytes may come from a hostile peer. If it throws, the subscriber gets a
    /// <see cref="MessageUndecodable"/>. The bytes are shared and must not be changed.
    /// </summary>
    T Decode(ReadOnlyMemory<byte> body);
}
