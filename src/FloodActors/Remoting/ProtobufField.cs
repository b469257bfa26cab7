using System.Buffers.Binary;
using FloodActors.Wire;

namespace FloodActors.Remoting;

/// <summary>
/// One field of a protobuf message, found without copying or decoding the rest. It is for checks in front of Akka's own
/// reader, so it must never see a different value: an ambiguous message, such as one with a field
/// twice, is an error. Akka writes no such messages.
/// </summary>
internal readonly ref struct ProtobufField
{
    private enum WireType
    {
        Varint = 0,
        Fixed64 = 1,
        Bytes = 2,
        Fixed32 = 5,
    }

    /// <summary>Whether the field is there.</summary>
    public bool Exists { get; private init; }

    /// <summary>Its value, when it is a number.</summary>
    public ulong Number { get; private init; }

    /// <summary>Its value, when it is a text, bytes or a message.</summary>
    public ReadOnlySpan<byte> Bytes { get; private init; }

    /// <returns>False when the message is damaged, or has the field more than once.</returns>
    public static bool TryFind(ReadOnlySpan<byte> message, int field, out ProtobufField found)
    {
        found = default;
        for (var offset = 0; offset < message.Length;)
        {
            if (!Varint.TryRead(message, ref offset, out var tag) || tag is 0 or > uint.MaxValue) return false;
            if (!TryReadValue(message, ref offset, (WireType)(tag & 7), out var value)) return false;
            if (tag >> 3 != (uint)field) continue;
            if (found.Exists) return false;
            found = value;
        }
        return true;
    }

    private static bool TryReadValue(
        ReadOnlySpan<byte> message, scoped ref int offset, WireType type, out ProtobufField value)
    {
        value = default;
        var rest = message.Length - offset;
        switch (type)
        {
            case WireType.Varint:
                if (!Varint.TryRead(message, ref offset, out var number)) return false;
                value = Of(number);
                return true;
            case WireType.Fixed64 when rest >= 8:
                value = Of(BinaryPrimitives.ReadUInt64LittleEndian(message[offset..]));
                offset += 8;
                return true;
            case WireType.Fixed32 when rest >= 4:
                value = Of(BinaryPrimitives.ReadUInt32LittleEndian(message[offset..]));
                offset += 4;
                return true;
            case WireType.Bytes:
                if (!Varint.TryRead(message, ref offset, out var length)) return false;
                if (length > (ulong)(message.Length - offset)) return false;
                value = new ProtobufField { Exists = true, Bytes = message.Slice(offset, (int)length) };
                offset += (int)length;
                return true;
            default:
                return false;
        }
    }

    private static ProtobufField Of(ulong number) => new() { Exists = true, Number = number };
}
