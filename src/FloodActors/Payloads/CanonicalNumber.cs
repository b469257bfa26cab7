using System.Globalization;

namespace FloodActors.Payloads;

/// <summary>
/// Numbers as RFC 8785 writes them: ECMAScript's Number.prototype.toString (ECMA-262, Number::toString with radix 10)
/// of the nearest double. The shortest digits come from .NET, which finds the same ones for all doubles but two (see
/// <see cref="ReadBack"/>); the layout is done here.
/// </summary>
internal static class CanonicalNumber
{
    /// <summary>
    /// Longest output: sign, "0.00000" and 17 digits, or 21 digits, or 17 digits with point and exponent.
    /// </summary>
    public const int MaxLength = 32;

    /// <summary>Every integer of that many digits is a distinct double.</summary>
    private const int ExactDigits = 15;

    /// <summary>
    /// Writes a JSON number literal in its canonical form. Refuses what would come back as a different number:
    /// magnitudes beyond a double, and integers that a double cannot distinguish from their neighbours.
    /// </summary>
    public static bool TryWrite(ReadOnlySpan<byte> literal, Span<byte> to, out int written, out string? error)
    {
        error = null;
        var negative = literal[0] == '-';
        var isInteger = literal.IndexOfAny((byte)'.', (byte)'e', (byte)'E') < 0;
        if (isInteger && literal.Length - (negative ? 1 : 0) <= ExactDigits)
        {
            var canonical = literal.SequenceEqual("-0"u8) ? "0"u8 : literal;
            canonical.CopyTo(to);
            written = canonical.Length;
            return true;
        }

        var value = double.Parse(literal, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (!double.IsFinite(value))
        {
            written = 0;
            error = $"the number {Show(literal)} is beyond what a JSON number can hold (1.7976931348623157e308); "
                + "send it as a string";
            return false;
        }

        written = Format(value, to);
        if (!isInteger || SameInteger(literal[(negative ? 1 : 0)..], value))
            return true;

        error = $"the integer {Show(literal)} would become {Show(to[..written])}, since JSON numbers are doubles; "
            + "send it as a string";
        return false;
    }

    /// <summary>ECMAScript's text of a finite double.</summary>
    public static int Format(double value, Span<byte> to)
    {
        if (value == 0)
        {
            to[0] = (byte)'0';
            return 1;
        }

        Span<byte> digits = stackalloc byte[MaxLength];
        var k = ShortestDigits(Math.Abs(value), digits, out var n);
        digits = digits[..k];
        var at = 0;
        if (value < 0)
            to[at++] = (byte)'-';

        // The names n and k are those of ECMA-262: the value is 0.digits times ten to the n, of k digits.
        if (n is > 0 and <= 21)
        {
            if (k <= n)
            {
                digits.CopyTo(to[at..]);
                to.Slice(at + k, n - k).Fill((byte)'0');
                return at + n;
            }

            digits[..n].CopyTo(to[at..]);
            to[at + n] = (byte)'.';
            digits[n..].CopyTo(to[(at + n + 1)..]);
            return at + k + 1;
        }

        if (n is > -6 and <= 0)
        {
            "0."u8.CopyTo(to[at..]);
            to.Slice(at + 2, -n).Fill((byte)'0');
            digits.CopyTo(to[(at + 2 - n)..]);
            return at + 2 - n + k;
        }

        to[at++] = digits[0];
        if (k > 1)
        {
            to[at++] = (byte)'.';
            digits[1..].CopyTo(to[at..]);
            at += k - 1;
        }

        to[at++] = (byte)'e';
        var exponent = n - 1;
        to[at++] = exponent < 0 ? (byte)'-' : (byte)'+';
        Math.Abs(exponent).TryFormat(to[at..], out var length, default, CultureInfo.InvariantCulture);
        return at + length;
    }

    /// <summary>
    /// The shortest digits that read back as the value, without zeros at either end, and the place of the point:
    /// 0.digits times ten to the <paramref name="n"/>.
    /// </summary>
    private static int ShortestDigits(double positive, Span<byte> digits, out int n)
    {
        Span<byte> text = stackalloc byte[MaxLength];
        text = text[..ReadBack(positive, text)];
        var exponent = 0;
        var e = text.IndexOf((byte)'E');
        if (e >= 0)
        {
            exponent = int.Parse(text[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            text = text[..e];
        }

        var k = 0;
        var point = -1;
        var leadingZeros = 0;
        foreach (var c in text)
        {
            if (c == '.')
                point = k + leadingZeros;
            else if (k == 0 && c == '0')
                leadingZeros++;
            else
                digits[k++] = c;
        }

        n = (point < 0 ? k + leadingZeros : point) - leadingZeros + exponent;
        while (k > 1 && digits[k - 1] == '0')
            k--;
        return k;
    }

    /// <summary>
    /// .NET's shortest text that reads back as the value. For 2 to the -25th and 2 to the -957th, .NET 10 gives 16
    /// digits that read back as the double below: a power of two has a nearer neighbour below than above, and .NET
    /// takes the wider gap for both. So the text of a power of two is read back, and if it is wrong, it gets
    /// 17 digits, which distinguish any two doubles.
    /// </summary>
    private static int ReadBack(double positive, Span<byte> text)
    {
        const long mantissa = (1L << 52) - 1;
        positive.TryFormat(text, out var length, "R", CultureInfo.InvariantCulture);
        var isPowerOfTwo = (BitConverter.DoubleToInt64Bits(positive) & mantissa) == 0;
        if (isPowerOfTwo && double.Parse(text[..length], NumberStyles.Float, CultureInfo.InvariantCulture) != positive)
            positive.TryFormat(text, out length, "E16", CultureInfo.InvariantCulture);
        return length;
    }

    /// <summary>
    /// Whether the digits of an integer literal are those that the double prints. An integer that is exactly
    /// a double, but prints differently (2 to the 64th prints as 18446744073709552000), is not the same: its reader
    /// would see the printed digits.
    /// </summary>
    private static bool SameInteger(ReadOnlySpan<byte> literal, double value)
    {
        Span<byte> digits = stackalloc byte[MaxLength];
        var k = ShortestDigits(Math.Abs(value), digits, out var n);
        return literal.Length == n && literal[..k].SequenceEqual(digits[..k])
            && literal[k..].IndexOfAnyExcept((byte)'0') < 0;
    }

    private static string Show(ReadOnlySpan<byte> literal)
    {
        const int most = 60;
        var shown = literal.Length <= most ? literal : literal[..most];
        var text = System.Text.Encoding.ASCII.GetString(shown);
        return literal.Length <= most ? text : $"{text}... ({literal.Length} digits)";
    }
}
