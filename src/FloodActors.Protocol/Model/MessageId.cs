using System.Buffers.Binary;
using System.Globalization;

namespace FloodActors;

/// <summary>
/// Names a message, 128 bits. With <c>message-id = content</c> it is a hash of the payload's value, so equal values are
/// one message; with <c>message-id = sequence</c> it is the origin node's incarnation (<see cref="High"/>) and that
/// node's running number (<see cref="Low"/>).
/// </summary>
public readonly record struct MessageId(ulong High, ulong Low)
{
    /// <summary>Bytes an id takes on the wire.</summary>
    internal const int Size = 16;

    internal void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Low);
    }

    internal static MessageId Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[8..]));

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{High:x16}{Low:x16}");

    /// <summary>
    /// Ids are already well mixed in their low half for hashes; sequence numbers need the multiplication.
    /// </summary>
    public override int GetHashCode()
    {
        var mixed = (High ^ (Low * 0x9E3779B97F4A7C15UL)) * 0xD6E8FEB86659FD93UL;
        return (int)(mixed >> 32);
    }
}
