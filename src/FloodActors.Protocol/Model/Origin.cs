using System.Text;

namespace FloodActors;

/// <summary>
/// Who appended a message, as the message itself says: claimed, not proven. One object for all messages of an origin.
/// </summary>
/// <param name="Incarnation">The number of that start of the node.</param>
/// <param name="Name">The node's name.</param>
/// <param name="Stream">The id of the stream by which the value came to that node; empty when it was appended
/// there.</param>
internal sealed record Origin(ulong Incarnation, string Name, string Stream)
{
    /// <summary>Bytes of UTF-8 that each of the two texts has at most.</summary>
    public const int MaxText = 256;

    /// <summary>Bytes that the two texts take in memory.</summary>
    public int Weight { get; } = sizeof(char) * (Name.Length + Stream.Length);

    /// <summary>Bytes on the wire, at most, of any origin.</summary>
    public const int LargestWireSize = sizeof(ulong) + (2 * (2 + MaxText));

    /// <summary>Bytes on the wire, at most.</summary>
    public int WireSize { get; } = sizeof(ulong) + 4 + Encoding.UTF8.GetByteCount(Name)
        + Encoding.UTF8.GetByteCount(Stream);
}
