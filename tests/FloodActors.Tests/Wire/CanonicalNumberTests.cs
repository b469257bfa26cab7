using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;
using FloodActors.Payloads;
using Xunit.Abstractions;

namespace FloodActors.Tests.Wire;

/// <summary>
/// Every double has one text, the shortest that reads back as it, and of those the nearest to it. The judge is exact
/// arithmetic with big integers and knows nothing of how .NET formats numbers; the JavaScript tests of
/// FloodActors.Streams compare with Node.js.
/// </summary>
public class CanonicalNumberTests(ITestOutputHelper output)
{
    private const int RandomPatterns = 30_000;

    [Theory]
    [InlineData(0x3E60000000000000, "2.9802322387695312e-8")] // 2 to the -25th
    [InlineData(0x0410000000000000, "4.1045368012983762e-289")] // 2 to the -957th
    [InlineData(0x3D30000000000000, "5.684341886080802e-14")] // lies in the middle of two of 16 digits: the even one
    [InlineData(0x0010000000000000, "2.2250738585072014e-308")]
    [InlineData(0x000FFFFFFFFFFFFF, "2.225073858507201e-308")]
    [InlineData(0x0000000000000001, "5e-324")]
    [InlineData(0x44B52D02C7E14AF5, "9.999999999999997e+22")]
    [InlineData(0x44B52D02C7E14AF6, "1e+23")]
    [InlineData(0x44B52D02C7E14AF7, "1.0000000000000001e+23")]
    public void Doubles_that_are_hard_to_print_have_their_text(long bits, string expected)
    {
        var value = BitConverter.Int64BitsToDouble(bits);
        Assert.Equal(expected, Text(value));
        Assert.Equal("-" + expected, Text(-value));
        Assert.Equal(Expected(value), Text(value));
    }

    [Fact]
    public void Every_power_of_two_and_of_ten_and_their_neighbours_have_the_shortest_text_that_reads_back()
    {
        var values = new HashSet<double>();
        for (var exponent = -1074; exponent <= 1023; exponent++) Around(Math.ScaleB(1, exponent), values);
        for (var exponent = -324; exponent <= 308; exponent++)
        {
            for (var digit = 1; digit <= 9; digit++)
            {
                var value = double.Parse($"{digit}e{exponent}", CultureInfo.InvariantCulture);
                if (double.IsFinite(value)) Around(value, values);
            }
        }

        Check(values);
    }

    [Fact]
    public void Every_exponent_with_mantissas_at_their_bounds_has_the_shortest_text_that_reads_back()
    {
        long[] mantissas = [0, 1, 2, (1L << 51) - 1, 1L << 51, (1L << 52) - 2, (1L << 52) - 1];
        Check(
            from exponent in Enumerable.Range(0, 2047)
            from mantissa in mantissas
            select BitConverter.Int64BitsToDouble(((long)exponent << 52) | mantissa));
    }

    [Fact]
    public void Random_bit_patterns_subnormals_and_short_decimals_have_the_shortest_text_that_reads_back()
    {
        var random = new RandomInput(output).Random;
        Check(Enumerable.Range(0, RandomPatterns).Select(i => (i % 8) switch
        {
            0 => BitConverter.Int64BitsToDouble(random.NextInt64(1L << 52)), // subnormal
            1 => random.NextInt64(1L << 53) * Math.Pow(2, -random.Next(60)),
            2 => random.Next() * Math.Pow(10, -random.Next(20)),
            3 => (double)random.NextInt64(),
            _ => BitConverter.Int64BitsToDouble(random.NextInt64(long.MaxValue)),
        }));
    }

    [Fact]
    public void Millions_of_random_bit_patterns_read_back_as_themselves()
    {
        var random = new RandomInput(output).Random;
        Span<byte> text = stackalloc byte[CanonicalNumber.MaxLength];
        for (var i = 0; i < 2_000_000; i++)
        {
            var value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (!double.IsFinite(value)) continue;
            var length = CanonicalNumber.Format(value, text);
            if (double.Parse(text[..length], CultureInfo.InvariantCulture) != value)
                Assert.Fail(
                    $"{BitConverter.DoubleToInt64Bits(value):x16} became {Encoding.ASCII.GetString(text[..length])}");
        }
    }

    [Fact]
    public void A_double_in_a_JSON_node_is_the_same_number_as_the_one_appended()
    {
        var codec = new PayloadCodec(new PayloadOptions(ContentHash.XxHash128, 1 << 20, 64, []));
        double[] values = [Math.ScaleB(1, -25), -Math.ScaleB(1, -957), 0.1, 1e21, -0.0];
        JsonNode[] nodes = [
            new JsonArray([.. values.Select(v => JsonValue.Create(v))]),
            new JsonObject { ["a"] = new JsonArray([.. values.Select(v => JsonValue.Create(v))]) }];
        foreach (var node in nodes)
        {
            Assert.True(codec.TryEncode(FloodPayload.Json(node), out var encoded, out var why), why?.Message);
            var back = codec.DecodeJson(encoded.Body);
            if (node is JsonObject) back = back.GetProperty("a");
            Assert.Equal(values, back.EnumerateArray().Select(v => v.GetDouble()));
        }
    }

    private static void Around(double value, HashSet<double> to)
    {
        foreach (var near in new[] { value, Math.BitIncrement(value), Math.BitDecrement(value) })
            if (double.IsFinite(near) && near > 0) to.Add(near);
    }

    private void Check(IEnumerable<double> values)
    {
        var count = 0;
        foreach (var value in values.Where(double.IsFinite))
        {
            count++;
            var text = Text(value);
            if (text != Expected(value))
                Assert.Fail($"{BitConverter.DoubleToInt64Bits(value):x16}: {text}, expected {Expected(value)}");
        }

        output.WriteLine($"{count} doubles");
    }

    private static string Text(double value)
    {
        Span<byte> text = stackalloc byte[CanonicalNumber.MaxLength];
        return Encoding.ASCII.GetString(text[..CanonicalNumber.Format(value, text)]);
    }

    /// <summary>
    /// ECMA-262, Number::toString: the least k for which some n and an s of k digits give s times ten to the (n-k)
    /// whose nearest double is the value; of several s the one nearest to the value, and of two as near the even one.
    /// </summary>
    private static string Expected(double value)
    {
        if (value == 0) return "0";
        var bits = BitConverter.DoubleToInt64Bits(Math.Abs(value));
        var (mantissa, exponent) = (bits & ((1L << 52) - 1), (int)(bits >> 52));
        var isLowerNear = mantissa == 0 && exponent > 1; // a power of two: the gap below it is half the gap above
        if (exponent > 0) mantissa |= 1L << 52;
        else exponent = 1;

        // In quarters of the unit in the last place: the value, and the middles between it and its neighbours. Middles
        // belong to even mantissas.
        var power = exponent - 1077;
        var (low, middle, high) = (
            (BigInteger)((4 * mantissa) - (isLowerNear ? 1 : 2)), (BigInteger)(4 * mantissa),
            (BigInteger)((4 * mantissa) + 2));
        var isEven = mantissa % 2 == 0;
        for (var k = 1; ; k++)
        {
            // n with 10^(n-1) <= value < 10^n, give or take the rounding of the logarithm.
            var n = (int)Math.Floor(Math.Log10(Math.Abs(value))) + 1;
            for (var tried = n - 1; tried <= n + 1; tried++)
            {
                if (Digits(k, tried, power, low, middle, high, isEven) is not { } s) continue;
                // Rounded up to the next power of ten: one digit, and the point one further.
                return (value < 0 ? "-" : "") + (s.Length > k ? Layout("1", tried + 1, 1) : Layout(s, tried, k));
            }
        }
    }

    private static string? Digits(
        int k, int n, int power, BigInteger low, BigInteger middle, BigInteger high, bool isEven)
    {
        // numerator / denominator = 10^(n-k), in the same units as low, middle and high.
        var (unit, scale) = (BigInteger.One, BigInteger.One);
        if (n >= k) unit *= BigInteger.Pow(10, n - k);
        else scale *= BigInteger.Pow(10, k - n);
        if (power >= 0) scale <<= power;
        else unit <<= -power;

        var below = middle * scale / unit;
        BigInteger? best = null;
        foreach (var s in new[] { below, below + 1 })
        {
            var (at, from, to) = (s * unit, low * scale, high * scale);
            if (s < BigInteger.Pow(10, k - 1) || s > BigInteger.Pow(10, k) || at < from || at > to
                || (!isEven && (at == from || at == to)))
                continue;
            if (best is not { } other)
            {
                best = s;
                continue;
            }

            var (mine, others) =
                (BigInteger.Abs(at - (middle * scale)), BigInteger.Abs((other * unit) - (middle * scale)));
            if (mine < others || (mine == others && s.IsEven)) best = s;
        }

        return best?.ToString(CultureInfo.InvariantCulture);
    }

    private static string Layout(string s, int n, int k)
    {
        if (k <= n && n <= 21) return s + new string('0', n - k);
        if (n is > 0 and <= 21) return $"{s[..n]}.{s[n..]}";
        if (n is > -6 and <= 0) return $"0.{new string('0', -n)}{s}";
        return $"{s[0]}{(k == 1 ? "" : "." + s[1..])}e{(n > 0 ? "+" : "-")}{Math.Abs(n - 1)}";
    }
}
