using System.Globalization;
using Xunit.Abstractions;

namespace FloodActors.Tests.Wire;

/// <summary>
/// A seeded source of random bytes and JSON. The seed is printed; set FLOOD_SEED to run the same again.
/// </summary>
internal sealed class RandomInput
{
    private readonly Random _random;

    public RandomInput(ITestOutputHelper output)
    {
        var seed = Environment.GetEnvironmentVariable("FLOOD_SEED") is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : Random.Shared.Next();
        output.WriteLine($"FLOOD_SEED={seed}");
        _random = new Random(seed);
    }

    public Random Random => _random;

    public int Next(int below) => _random.Next(below);

    public byte[] Bytes(int maxLength)
    {
        var bytes = new byte[_random.Next(maxLength + 1)];
        _random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>The beginning of one sample and the end of another.</summary>
    public byte[] Spliced(IReadOnlyList<byte[]> samples)
    {
        var (head, tail) = (samples[_random.Next(samples.Count)], samples[_random.Next(samples.Count)]);
        return [.. head[.._random.Next(head.Length + 1)], .. tail[_random.Next(tail.Length + 1)..]];
    }

    /// <summary>
    /// One of the samples with a few bytes changed, cut out, doubled or added: near enough to valid to get deep into a
    /// parser.
    /// </summary>
    public byte[] Mutated(IReadOnlyList<byte[]> samples)
    {
        var bytes = samples[_random.Next(samples.Count)].ToList();
        for (var changes = _random.Next(4); changes >= 0; changes--)
        {
            var at = _random.Next(bytes.Count + 1);
            switch (_random.Next(6))
            {
                case 0:
                    bytes.Insert(at, (byte)_random.Next(256));
                    break;
                case 1 when at < bytes.Count:
                    bytes.RemoveRange(at, _random.Next(Math.Min(8, bytes.Count - at)) + 1);
                    break;
                case 2 when at < bytes.Count:
                    bytes.InsertRange(at, bytes.GetRange(at, _random.Next(bytes.Count - at) + 1));
                    break;
                case 3 when at + 4 <= bytes.Count:
                    for (var i = 0; i < 4; i++)
                        bytes[at + i] = (byte)(i == 3 ? 0x7F : 0xFF);
                    break;
                case 4 when at < bytes.Count:
                    bytes[at] = (byte)(250 + _random.Next(6));
                    break;
                default:
                    if (at < bytes.Count)
                        bytes[at] = (byte)_random.Next(256);
                    break;
            }
        }

        return [.. bytes];
    }
}
