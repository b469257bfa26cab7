using System.Diagnostics;
using System.Globalization;
using System.Text;
using FloodActors.Streams.Tests.Streams;
using Xunit.Abstractions;

namespace FloodActors.Streams.Tests.JavaScript;

/// <summary>
/// The numbers of a flood are printed as Node.js prints them: <c>tests/javascript/numbers.js</c> is the other
/// implementation.
/// </summary>
public sealed class NumbersTests(ITestOutputHelper output)
{
    private const int Batch = 20_000;

    [Fact]
    public async Task A_double_is_printed_by_a_node_as_by_Nodejs_for_all_exponents_powers_boundaries_and_random_bits()
    {
        await using var node = LocalFlood.Start(hocon: "flood { max-message-size = 4 MiB, capacity = 10 }");
        using var js = new Process
        {
            StartInfo = new ProcessStartInfo("node", ["numbers.js"])
            {
                WorkingDirectory = await NodeJs.FolderAsync(),
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            },
        };
        js.Start();
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var count = 0;
        foreach (var batch in Values(new Random(seed)).Where(double.IsFinite).Chunk(Batch))
        {
            var bits = new StringBuilder();
            foreach (var value in batch)
                bits.Append(BitConverter.DoubleToInt64Bits(value).ToString("x16", CultureInfo.InvariantCulture));
            await js.StandardInput.WriteLineAsync(bits);
            await js.StandardInput.FlushAsync();
            var expected = await js.StandardOutput.ReadLineAsync();

            // 17 digits tell every double from its neighbours, so this is the value whatever .NET's shortest form is.
            var text =
                $"[{string.Join(',', batch.Select(value => value.ToString("E16", CultureInfo.InvariantCulture)))}]";
            Assert.IsType<Appended>(await node.Flood.AppendAsync(FloodPayload.Json(text)));
            var actual = Encoding.ASCII.GetString((await node.Flood.DataAsync()).Messages[^1].Body.Span);
            if (actual != expected)
            {
                var (ours, theirs) = (actual[1..^1].Split(','), expected![1..^1].Split(','));
                var at = Enumerable.Range(0, batch.Length).First(i => ours[i] != theirs[i]);
                Assert.Fail(
                    $"{BitConverter.DoubleToInt64Bits(batch[at]):x16}: {ours[at]}, and {theirs[at]} in Node.js");
            }

            count += batch.Length;
        }

        output.WriteLine($"{count} doubles");
        js.StandardInput.Close();
        await js.WaitForExitAsync();
    }

    private static IEnumerable<double> Values(Random random)
    {
        long[] mantissas = [0, 1, 2, (1L << 51) - 1, 1L << 51, (1L << 52) - 2, (1L << 52) - 1];
        foreach (var mantissa in mantissas)
            for (var exponent = 0L; exponent < 2047; exponent++)
                yield return BitConverter.Int64BitsToDouble((exponent << 52) | mantissa);
        for (var power = -1074; power < 1024; power++)
            foreach (var value in Around(Math.ScaleB(1, power))) yield return value;
        for (var power = -324; power <= 308; power++)
            foreach (var value in Around(double.Parse($"1e{power}", CultureInfo.InvariantCulture))) yield return value;
        for (var i = 0; i < 1_000_000; i++)
            yield return BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
        for (var i = 0; i < 100_000; i++) yield return random.Next() * Math.Pow(10, -random.Next(20));
    }

    private static double[] Around(double value) => [value, -value, Math.BitIncrement(value), Math.BitDecrement(value)];
}
