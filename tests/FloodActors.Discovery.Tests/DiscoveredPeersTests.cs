using Xunit.Abstractions;

namespace FloodActors.Discovery.Tests;

/// <summary>The rule by which nodes link with the addresses they find, with churn and under virtual time.</summary>
public sealed class DiscoveredPeersTests(ITestOutputHelper output)
{
    private static readonly DiscoverySettings Settings = new() { ServiceName = "flood" };

    /// <summary>Everybody has looked up, dialled and let go: two lookups, and patience for what is missing.</summary>
    private const int Settled = 40;

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5)]
    public void The_overlay_stays_in_one_piece_and_its_degree_bounded_as_nodes_come_and_go(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var world = new World(seed, Settings);
        world.Join(random.Next(1, 60));
        var steps = 0;
        while (steps < 2000)
        {
            switch (random.Next(4))
            {
                case 0 when world.Alive.Count < 120: world.Join(random.Next(1, 10)); break;
                case 1 when world.Alive.Count > 12: world.Kill(world.Some(random.Next(1, 10)), strikeOff: true); break;
                case 2 when world.Alive.Count > 12: world.Kill(world.Some(random.Next(1, 10)), strikeOff: false); break;
                default: world.StrikeOffTheDead(); break;
            }
            world.Step(Settled);
            steps += Settled;
            Assert.True(world.IsInOnePiece(),
                $"seed {seed}, step {steps}: {world.Alive.Count} nodes are not in one piece");
            Assert.True(world.LargestDegree() <= Bound,
                $"seed {seed}, step {steps}: a node has {world.LargestDegree()} links");
        }
    }

    [Theory]
    [InlineData(0.3), InlineData(0.6), InlineData(0.9)]
    public void Addresses_of_the_dead_do_not_cut_the_overlay_however_many_they_are(double share)
    {
        var world = new World(7, Settings with { Grace = TimeSpan.FromDays(1) });
        world.Join(100);
        world.Step(Settled);
        world.Kill(world.Some((int)(100 * share)), strikeOff: false);
        // One of the dead is passed for each twice the patience, on each side of a gap.
        world.Step(40 * (int)(2 * Settings.Patience.TotalSeconds));
        Assert.True(world.IsInOnePiece());
        Assert.True(world.LargestDegree() <= Bound, $"a node has {world.LargestDegree()} links");
    }

    [Fact]
    public void Links_rest_when_nothing_changes()
    {
        var world = new World(3, Settings);
        world.Join(50);
        world.Step(Settled);
        var links = world.Links();
        world.Step(600);
        Assert.True(links.SetEquals(world.Links()));
    }

    [Fact]
    public void A_lookup_that_fails_changes_nothing()
    {
        var world = new World(4, Settings);
        world.Join(30);
        world.Step(Settled);
        var links = world.Links();
        world.Fails = _ => true;
        world.Step(10 * (int)Settings.Grace.TotalSeconds);
        Assert.True(links.SetEquals(world.Links()));
    }

    [Fact]
    public void An_address_that_is_missing_for_less_than_the_grace_is_kept_and_for_longer_let_go_of()
    {
        var world = new World(5, Settings);
        world.Join(30);
        world.Step(Settled);
        var (links, gone) = (world.Links(), world.Some(1).Single());
        var other = world.Alive.First(name => name != gone);
        world.Omits = name => name == gone;
        world.Step((int)Settings.Grace.TotalSeconds / 2);
        world.Omits = _ => false;
        world.Step(Settled);
        Assert.True(links.SetEquals(world.Links()));

        world.Kill([gone], strikeOff: true);
        world.Step((int)(Settings.Grace + 3 * Settings.Interval).TotalSeconds);
        Assert.DoesNotContain(gone, world[other].Others);
        Assert.DoesNotContain(world.Links(), link => link.Item1 == gone || link.Item2 == gone);
    }

    [Fact]
    public void A_node_that_the_lookup_does_not_name_dials_by_itself()
    {
        var peers = new DiscoveredPeers("z:1", Settings);
        peers.OnFound(new HashSet<string> { "a:1", "b:1" }, 0);
        Assert.Equal(["a:1", "b:1"], peers.Look(new HashSet<string>(), 0).Dial.Order());
        // Named, it leaves the first dial to those whose address comes first.
        var named = new DiscoveredPeers("z:1", Settings);
        named.OnFound(new HashSet<string> { "a:1", "z:1" }, 0);
        Assert.Empty(named.Look(new HashSet<string>(), 0).Dial);
        Assert.Equal(["a:1"], named.Look(new HashSet<string>(), 3000).Dial);
    }

    private static int Bound => Math.Max(Settings.CompleteUpTo - 1, 2 * Settings.Cycles);
}
