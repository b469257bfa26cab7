using System.Buffers;
using System.Globalization;
using System.Text;

namespace FloodActors.Host.Output;

/// <summary>
/// Escapes, in a finished line of JSON, what <see cref="Printable"/> would replace. Such characters occur only within
/// strings, so an escape is always allowed there, and the values do not change.
/// </summary>
internal static class JsonEscapes
{
    /// <summary>The line itself, or a copy with escapes when it needs any.</summary>
    public static ReadOnlySpan<byte> Apply(ReadOnlySpan<byte> line)
    {
        var first = IndexOfUnsafe(line);
        if (first < 0) return line;
        var escaped = new ArrayBufferWriter<byte>(line.Length + 64);
        while (first >= 0)
        {
            escaped.Write(line[..first]);
            Rune.DecodeFromUtf8(line[first..], out var rune, out var length);
            foreach (var unit in rune.ToString())
                Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}"), escaped);
            line = line[(first + length)..];
            first = IndexOfUnsafe(line);
        }
        escaped.Write(line);
        return escaped.WrittenSpan;
    }

    private static int IndexOfUnsafe(ReadOnlySpan<byte> line)
    {
        var at = 0;
        while (line[at..].IndexOfAnyInRange((byte)0x7F, (byte)0xFF) is var next and >= 0)
        {
            at += next;
            Rune.DecodeFromUtf8(line[at..], out var rune, out var length);
            if (Printable.IsUnsafe(rune)) return at;
            at += length;
        }
        return -1;
    }
}
