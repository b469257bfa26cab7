using System.Numerics;

namespace FloodActors.Simulation;

/// <summary>
/// Numbers that look random and are the same for the same seed on every machine and in every version: xoshiro256**
/// (Blackman, Vigna), seeded by SplitMix64. Everything random in a simulation comes from one of these.
/// </summary>
internal sealed class SeededRandom
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    public SeededRandom(ulong seed)
    {
        _s0 = Mix(ref seed);
        _s1 = Mix(ref seed);
        _s2 = Mix(ref seed);
        _s3 = Mix(ref seed);
    }

    /// <summary>
    /// Another generator, for a separate purpose: the numbers drawn for one purpose do not change those of another.
    /// </summary>
    public SeededRandom Fork(ulong purpose) => new(NextULong() ^ (purpose * 0x9E3779B97F4A7C15UL));

    public ulong NextULong()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>0 up to, not including, <paramref name="bound"/>.</summary>
    public int Next(int bound) => (int)Math.BigMul(NextULong(), (ulong)bound, out _);

    /// <summary>From <paramref name="least"/> to <paramref name="most"/>, both included.</summary>
    public long Between(long least, long most) =>
        least + (long)Math.BigMul(NextULong(), (ulong)(most - least) + 1, out _);

    /// <summary>0 up to, not including, 1.</summary>
    public double NextDouble() => (NextULong() >> 11) * (1.0 / (1UL << 53));

    /// <summary>True with this probability.</summary>
    public bool Chance(double probability) => probability > 0 && NextDouble() < probability;

    public void Fill(Span<byte> bytes)
    {
        foreach (ref var one in bytes) one = (byte)NextULong();
    }

    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Mix(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
