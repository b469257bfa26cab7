using FloodActors.Links;

namespace FloodActors.Tests.Peers;

public sealed class RefusalReportsTests
{
    [Fact]
    public void A_peer_that_dials_again_and_again_is_reported_once_until_it_was_quiet_for_a_while()
    {
        var reports = new RefusalReports();
        Assert.True(reports.IsNews("a", LinkEnd.Version, 0));
        var now = 0L;
        for (; now < 10 * RefusalReports.QuietMs; now += 2000) Assert.False(reports.IsNews("a", LinkEnd.Version, now));
        Assert.True(reports.IsNews("a", LinkEnd.IdTaken, now));
        Assert.True(reports.IsNews("a", LinkEnd.Version, now + RefusalReports.QuietMs));
    }

    [Fact]
    public void However_many_there_are_the_memory_and_the_log_stay_small()
    {
        var reports = new RefusalReports();
        Assert.Equal(
            RefusalReports.Limit,
            Enumerable.Range(0, 10_000).Count(i => reports.IsNews($"a{i}", LinkEnd.Version, i % 1000)));
        Assert.True(reports.IsNews("later", LinkEnd.Version, 1000 + RefusalReports.QuietMs));
    }
}
