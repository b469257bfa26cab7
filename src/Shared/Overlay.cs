using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace FloodActors.Overlays;

/// <summary>
/// Who is linked with whom, from the members' addresses alone: every node computes the same, without a word between
/// them. Up to a size everyone is linked with everyone. Above it, <c>cycles</c> rings lead through all members, each in
/// the order of a hash of (ring, address), and a member is linked with its neighbours in each: the H-graphs of Law and
/// Siu ("Distributed construction of random expander networks", INFOCOM 2003). Any one ring keeps the graph in one
/// piece; several make it an expander, with a diameter of O(log n) and no member whose loss matters. A join or leave
/// touches its neighbours only: at most 3 links for each ring.
/// </summary>
internal static class Overlay
{
    /// <summary>The members that one member is linked with.</summary>
    /// <param name="self">The member, whether or not it is in <paramref name="members"/>.</param>
    /// <param name="members">All addresses, in any order, each once.</param>
    /// <param name="completeUpTo">
    /// The largest number of members, self included, of which everyone is linked with everyone.
    /// </param>
    /// <param name="cycles">The rings above it.</param>
    public static HashSet<string> Neighbours(
        string self, IReadOnlyCollection<string> members, int completeUpTo, int cycles)
    {
        var others = members.Where(member => member != self).ToArray();
        if (others.Length < completeUpTo) return [.. others];
        var neighbours = new HashSet<string>();
        for (var cycle = 0; cycle < cycles; cycle++)
        {
            var place = Place(cycle, self);
            // The next on the ring is the least above us, or the least of all; the one before likewise. No sorting: it
            // would cost more.
            (ulong Hash, string Address)? above = null, least = null, below = null, most = null;
            foreach (var other in others)
            {
                var at = Place(cycle, other);
                if (Compare(at, place) > 0) above = Lower(above, at);
                else below = Higher(below, at);
                least = Lower(least, at);
                most = Higher(most, at);
            }
            neighbours.Add((above ?? least)!.Value.Address);
            neighbours.Add((below ?? most)!.Value.Address);
        }
        return neighbours;
    }

    /// <summary>
    /// Of two linked members the one that dials first: one link is wanted, and two sides that dial at once make work.
    /// </summary>
    public static bool DialsFirst(string self, string other) => string.CompareOrdinal(self, other) < 0;

    /// <summary>
    /// The place of a member on a ring. The hash is of a published, stable kind: nodes of different versions must
    /// agree.
    /// </summary>
    internal static (ulong Hash, string Address) Place(int cycle, string address)
    {
        Span<byte> bytes = stackalloc byte[512];
        if (!Encoding.UTF8.TryGetBytes(address, bytes[4..], out var length))
        {
            bytes = new byte[4 + Encoding.UTF8.GetByteCount(address)];
            length = Encoding.UTF8.GetBytes(address, bytes[4..]);
        }
        BinaryPrimitives.WriteInt32BigEndian(bytes, cycle);
        return (XxHash3.HashToUInt64(bytes[..(4 + length)]), address);
    }

    internal static int Compare((ulong Hash, string Address) a, (ulong Hash, string Address) b) =>
        a.Hash != b.Hash ? a.Hash.CompareTo(b.Hash) : string.CompareOrdinal(a.Address, b.Address);

    private static (ulong, string)? Lower((ulong, string)? best, (ulong, string) next) =>
        best is null || Compare(next, best.Value) < 0 ? next : best;

    private static (ulong, string)? Higher((ulong, string)? best, (ulong, string) next) =>
        best is null || Compare(next, best.Value) > 0 ? next : best;
}
