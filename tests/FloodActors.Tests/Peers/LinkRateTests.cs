using FloodActors.Links;

namespace FloodActors.Tests.Peers;

public sealed class LinkRateTests
{
    [Fact]
    public void A_system_whose_links_come_and_go_has_some_at_once_and_then_one_a_second()
    {
        var rate = new LinkRate();
        var came = 0;
        for (var now = 5000L; now < 15_000; now++)
        {
            if (!rate.MayCome("a", now)) continue;
            rate.Came("a", now);
            came++;
        }
        Assert.InRange(came, LinkRate.Burst + 9, LinkRate.Burst + 10);
        Assert.True(rate.MayCome("b", 15_000));
    }

    [Fact]
    public void However_many_systems_there_are_the_memory_stays_small()
    {
        var rate = new LinkRate();
        for (var i = 0; i < 100_000; i++) rate.Came($"a{i}", i);
        Assert.InRange(rate.Count, 1, LinkRate.Limit);
        Assert.True(rate.MayCome("later", 100_000));
    }
}
