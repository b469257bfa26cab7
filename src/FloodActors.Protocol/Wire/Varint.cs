namespace FloodActors.Wire;

/// <summary>
/// Unsigned integers in 7-bit groups, lowest first, at most ten bytes; only the shortest form is valid.
/// </summary>
internal static class Varint
{
    public const int MaxLength = 10;

    public static int Write(Span<byte> destination, ulong value)
    {
        var length = 0;
        for (; value >= 0x80; value >>= 7) destination[length++] = (byte)(value | 0x80);
        destination[length++] = (byte)value;
        return length;
    }

    /// <summary>
    /// Reads a number at <paramref name="offset"/> and moves past it. False when the bytes end early, overflow or are
    /// padded.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> source, ref int offset, out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 70 && offset < source.Length; shift += 7)
        {
            var next = source[offset++];
            if (shift == 63 && next > 1) return false;
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return next != 0 || shift == 0;
        }
        return false;
    }

    /// <summary>Signed differences near zero become small numbers.</summary>
    public static ulong ZigZag(long value) => (ulong)(value << 1) ^ (ulong)(value >> 63);

    /// <inheritdoc cref="ZigZag"/>
    public static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}
