using Xunit.Abstractions;

namespace FloodActors.Cluster.Tests;

public sealed class OverlayTests(ITestOutputHelper output)
{
    private const int Cycles = 3;
    private const int CompleteUpTo = 8;

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1_000)]
    [InlineData(10_000)]
    public void Every_one_of_a_thousand_random_memberships_is_in_one_piece_and_no_degree_exceeds_six(int members)
    {
        var seed = members;
        var random = new Random(seed);
        var worst = 0;
        for (var i = 0; i < 1_000; i++)
        {
            var degrees = new int[members];
            var addresses = Addresses(random, members);
            Assert.True(
                IsOnePiece(addresses, _ => 0, [_ => true], eitherSide: true, degrees),
                $"membership {i} of seed {seed}");
            worst = Math.Max(worst, degrees.Max());
        }
        output.WriteLine(
            $"{members} members, 1000 memberships of seed {seed}: all in one piece, largest degree {worst}");
        Assert.True(worst <= 2 * Cycles);
    }

    [Theory]
    [InlineData(10, 3)]
    [InlineData(100, 5)]
    [InlineData(1_000, 8)]
    [InlineData(10_000, 10)]
    public void The_diameter_grows_with_the_logarithm_of_the_members(int members, int atMost)
    {
        var random = new Random(members);
        var graph = OverlayGraph.OfRings(Addresses(random, members), Cycles);
        // Of ten thousand, from 500 members: an exhaustive search takes a minute.
        var diameter = graph.Eccentricity(members == 10_000 ? 500 : members);
        var mean = graph.Distances(0).Average();
        output.WriteLine(
            $"{members} members: diameter {diameter}{(members == 10_000 ? " (from 500 members)" : "")}, "
            + $"mean distance {mean:F2}, links {graph.Links().Count}");
        Assert.InRange(diameter, 1, atMost);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1_000)]
    [InlineData(10_000)]
    public void A_join_changes_at_most_three_links_a_ring(int members)
    {
        var random = new Random(members);
        var (most, sum) = (0, 0);
        const int Joins = 20;
        for (var i = 0; i < Joins; i++)
        {
            var addresses = Addresses(random, members + 1);
            var with = OverlayGraph.OfRings(addresses, Cycles).Links();
            var without = OverlayGraph.OfRings(addresses, Cycles, member => member < members).Links();
            with.SymmetricExceptWith(without);
            most = Math.Max(most, with.Count);
            sum += with.Count;
        }
        output.WriteLine(
            $"{members} members: a join changes {sum / (double)Joins:F1} links on average, "
            + $"{most} at most (of {members * Cycles})");
        Assert.True(most <= 3 * Cycles);
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(10, true)]
    [InlineData(100, false)]
    [InlineData(100, true)]
    [InlineData(1_000, false)]
    [InlineData(1_000, true)]
    [InlineData(10_000, false)]
    [InlineData(10_000, true)]
    public void With_a_tenth_of_the_views_lacking_the_last_five_joins_it_is_in_one_piece_once_either_side_dials(
        int members, bool eitherSide)
    {
        var seed = members + 7;
        var random = new Random(seed);
        // All thousand of the largest take minutes: only when asked for.
        var trials = members < 10_000 || Environment.GetEnvironmentVariable("FLOOD_LONG_TESTS") == "1" ? 1_000 : 100;
        var apart = 0;
        for (var i = 0; i < trials; i++)
        {
            var addresses = Addresses(random, members);
            var late = Enumerable.Range(0, members).Select(m => m < members - 5 && random.Next(10) == 0 ? 1 : 0)
                .ToArray();
            if (!IsOnePiece(
                addresses, member => late[member], [_ => true, member => member < members - 5], eitherSide,
                new int[members]))
                apart++;
        }
        output.WriteLine(
            $"{members} members, {trials} memberships of seed {seed}, "
            + $"{(eitherSide ? "either side dials (after patience)" : "one side dials (at first)")}: "
            + $"{apart} not in one piece");
        if (eitherSide) Assert.Equal(0, apart);
        else Assert.True(apart <= trials / 20, $"{apart} of {trials}");
    }

    [Fact]
    public void What_a_member_computes_for_itself_is_its_part_of_the_whole()
    {
        var random = new Random(5);
        foreach (var members in new[] { 9, 10, 50, 300 })
        {
            var addresses = Addresses(random, members);
            var graph = OverlayGraph.OfRings(addresses, Cycles);
            var inAnyOrder = addresses.ToArray();
            for (var i = 0; i < members; i++)
            {
                random.Shuffle(inAnyOrder);
                var neighbours = Overlay.Neighbours(addresses[i], inAnyOrder, CompleteUpTo, Cycles);
                Assert.Equal(graph[i].Select(m => addresses[m]).ToHashSet(), neighbours);
            }
        }
    }

    [Fact]
    public void Up_to_the_limit_everyone_is_linked_with_everyone()
    {
        var addresses = Addresses(new Random(1), CompleteUpTo);
        foreach (var address in addresses)
            Assert.Equal(
                addresses.Where(a => a != address).ToHashSet(),
                Overlay.Neighbours(address, addresses, CompleteUpTo, Cycles));
        Assert.Empty(Overlay.Neighbours("alone", ["alone"], CompleteUpTo, Cycles));
        Assert.Equal(["a"], Overlay.Neighbours("b", ["a", "b"], 1, Cycles));
    }

    [Fact]
    public void The_places_on_the_rings_are_the_same_for_ever()
    {
        // Nodes of different versions must agree, or a rolling upgrade would link nobody with whom it should.
        Assert.Equal(
            [5236507674352346650, 9647151432630250808],
            new[]
            {
                Overlay.Place(0, "akka.tcp://flood@10.0.0.1:4053").Hash,
                Overlay.Place(1, "akka.tcp://flood@10.0.0.1:4053").Hash,
            });
    }

    internal static string[] Addresses(Random random, int count)
    {
        var addresses = new HashSet<string>();
        while (addresses.Count < count)
            addresses.Add(
                $"akka.tcp://flood@10.{random.Next(256)}.{random.Next(256)}.{random.Next(256)}:"
                + $"{1024 + random.Next(60000)}");
        return [.. addresses];
    }

    /// <summary>
    /// Whether the links that members make by their views join them all. <paramref name="viewOf"/> numbers a member's
    /// view. <paramref name="eitherSide"/>: a link is made if either side wants it; otherwise only if the one does that
    /// dials first.
    /// </summary>
    private static bool IsOnePiece(
        string[] addresses, Func<int, int> viewOf, Func<int, bool>[] views, bool eitherSide, int[] degrees)
    {
        var parent = Enumerable.Range(0, addresses.Length).ToArray();
        var pieces = addresses.Length;
        var hashes = new ulong[addresses.Length];
        var order = new int[addresses.Length];
        for (var cycle = 0; cycle < Cycles; cycle++)
        {
            for (var view = 0; view < views.Length; view++)
            {
                var count = 0;
                for (var i = 0; i < addresses.Length; i++)
                {
                    if (!views[view](i)) continue;
                    hashes[count] = Overlay.Place(cycle, addresses[i]).Hash;
                    order[count++] = i;
                }
                Array.Sort(hashes, order, 0, count);
                for (var i = 0; i < count; i++)
                {
                    var (a, b) = (order[i], order[(i + 1) % count]);
                    degrees[a]++;
                    degrees[b]++;
                    if (Wants(a, b, view) || Wants(b, a, view)) Join(a, b);
                }
            }
        }
        return pieces == 1;

        bool Wants(int from, int to, int view) =>
            viewOf(from) == view && (eitherSide || Overlay.DialsFirst(addresses[from], addresses[to]));

        int Root(int member)
        {
            while (parent[member] != member) member = parent[member] = parent[parent[member]];
            return member;
        }

        void Join(int a, int b)
        {
            (a, b) = (Root(a), Root(b));
            if (a == b) return;
            parent[a] = b;
            pieces--;
        }
    }
}
