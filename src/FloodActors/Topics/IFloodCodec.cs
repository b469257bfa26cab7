using System.Buffers;

namespace FloodActors;

/// <summary>
/// Turns the values of a topic into bytes and back. Its name travels with every message, so a reader with another codec
/// says so instead of reading nonsense. What may change in a type between versions is what the codec allows.
/// </summary>
/// <typeparam name="T">The type of the values.</typeparam>
public interface IFloodCodec<T>
{
    /// <summary>
    /// Names the encoding: at most 32 bytes of UTF-8. Where it changes in a way that older readers cannot read, change
    /// the name. Under <c>text</c> and <c>json</c> pages and tools show the payload as such.
    /// </summary>
    string Name { get; }

    /// <summary>Writes a value. What it throws, the appender gets as a rejection.</summary>
    void Encode(T value, IBufferWriter<byte> into);

    /// <summary>
    /// Reads a value that a peer may have made up. What it throws, the subscriber gets as
    /// <see cref="MessageUndecodable"/>. The bytes are shared: read only.
    /// </summary>
    T Decode(ReadOnlyMemory<byte> body);
}
