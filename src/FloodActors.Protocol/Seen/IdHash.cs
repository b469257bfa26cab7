namespace FloodActors.Core;

/// <summary>
/// A salted hash of ids. Ids come from other nodes, and a hostile node can craft them (xxhash128 has no secret), so
/// that they would all fall into one bucket of a table without salt. The same salt gives the same hashes, so a seeded
/// simulation repeats exactly.
/// </summary>
/// <remarks>
/// Multiply-and-fold, as in wyhash: the 128-bit product of both halves, each xor-ed with its share of the salt. A sum
/// of products or an xor of the halves would be cheaper, but then it is easy to construct ids that collide under
/// every salt.
/// </remarks>
internal readonly struct IdHash(ulong salt)
{
    private readonly ulong _high = Mix(salt + 0x9E3779B97F4A7C15UL);
    private readonly ulong _low = Mix(salt + 0x3C6EF372FE94F82AUL);

    public uint Of(in MessageId id)
    {
        var high = Math.BigMul(id.High ^ _high, id.Low ^ _low, out var low);
        return (uint)((high ^ low) >> 32);
    }

    // The finalizer of SplitMix64 (Steele, Lea, Flood 2014), so that a test's salts 1, 2, 3 are as good as
    // random ones.
    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return x ^ (x >> 31);
    }

    /// <summary>The same hash for the dictionaries of .NET.</summary>
    internal sealed class Comparer(ulong salt) : IEqualityComparer<MessageId>
    {
        private readonly IdHash _hash = new(salt);

        public bool Equals(MessageId x, MessageId y) => x == y;

        public int GetHashCode(MessageId id) => (int)_hash.Of(id);
    }
}
