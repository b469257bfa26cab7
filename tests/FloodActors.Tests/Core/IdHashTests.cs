using FloodActors.Core;

namespace FloodActors.Tests.Core;

public class IdHashTests
{
    private const int Ids = 1 << 14;

    [Fact]
    public void Ids_crafted_to_collide_under_one_salt_spread_under_another()
    {
        var known = new IdHash(1);
        var crafted = new List<MessageId>();
        for (var number = 0UL; crafted.Count < 256; number++)
        {
            var id = new MessageId(0, number);
            if (Bucket(known, id, 256) == 0)
                crafted.Add(id);
        }

        Assert.InRange(Fullest(new IdHash(2), crafted, 256), 1, 12);
    }

    [Fact]
    public void Ids_with_a_pattern_spread_like_random_ones_whatever_the_salt()
    {
        Func<ulong, MessageId>[] patterns =
        [
            n => new MessageId(n, 0),
            n => new MessageId(0, n),
            n => new MessageId(n, n),
            n => new MessageId(n << 50, 0),
            n => new MessageId(0, n << 50),
            n => new MessageId(n << 50, n << 50),
            n => new MessageId(n << 32, ~n),
            n => new MessageId(n * 0x9E3779B97F4A7C15UL, n),
        ];
        foreach (var pattern in patterns)
        {
            var ids = Enumerable.Range(0, Ids).Select(n => pattern((ulong)n)).ToList();
            for (var salt = 0UL; salt < 8; salt++)
                Assert.InRange(Fullest(new IdHash(salt), ids, Ids), 1, 24);
        }
    }

    private static int Fullest(IdHash hash, List<MessageId> ids, int buckets)
        => ids.GroupBy(id => Bucket(hash, id, buckets)).Max(bucket => bucket.Count());

    private static int Bucket(IdHash hash, MessageId id, int buckets) =>
        (int)((ulong)hash.Of(id) * (uint)buckets >> 32);
}
