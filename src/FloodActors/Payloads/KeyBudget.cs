using System.Buffers;

namespace FloodActors.Payloads;

/// <summary>
/// Bounds the comparisons for building the hash collections of one payload. A peer that knows how a type computes
/// its hash code can choose keys that all fall into one bucket: a set of 450,000 such numbers fits into 4 MiB and
/// would take 100,000 million comparisons. Keys that were not chosen to collide take less than one comparison each.
/// </summary>
internal sealed class KeyBudget
{
    /// <summary>
    /// A few milliseconds of comparisons: enough for 1,400 keys with the same hash code, as a type with a poor hash
    /// function may have.
    /// </summary>
    private const long Free = 1_000_000;

    private const int PerKey = 32;

    private long _left = Free;

    /// <summary>Accounts for a collection of these keys before it is built.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="buckets">
    /// How many buckets the collection has; 0 when it is a tree in the order of hash codes, where only equal ones meet.
    /// </param>
    /// <exception cref="CollidingKeysException">Building it would take too many comparisons.</exception>
    public void Spend<T>(ReadOnlySpan<T> keys, int buckets)
    {
        _left += (long)PerKey * keys.Length;
        var rented = ArrayPool<uint>.Shared.Rent(keys.Length);
        try
        {
            var places = rented.AsSpan(0, keys.Length);
            for (var i = 0; i < keys.Length; i++)
            {
                var hash = keys[i] is { } key ? (uint)EqualityComparer<T>.Default.GetHashCode(key) : 0;
                places[i] = buckets > 0 ? hash % (uint)buckets : hash;
            }

            places.Sort();
            for (int i = 1, same = 0; i < places.Length; i++)
            {
                same = places[i] == places[i - 1] ? same + 1 : 0;
                _left -= same;
            }
        }
        finally
        {
            ArrayPool<uint>.Shared.Return(rented);
        }

        if (_left < 0)
            throw new CollidingKeysException();
    }
}

/// <summary>Too many keys of a collection have one hash code. Never leaves <see cref="HyperionPayload"/>.</summary>
internal sealed class CollidingKeysException()
    : Exception(
        "so many keys of a set or dictionary in it have the same hash code " +
        "that reading them would take quadratic time");
