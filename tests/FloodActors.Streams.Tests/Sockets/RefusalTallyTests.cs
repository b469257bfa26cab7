using FloodActors.Streams.Sockets;

namespace FloodActors.Streams.Tests.Sockets;

public sealed class RefusalTallyTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void The_first_is_told_at_once_and_the_others_as_one_with_their_count()
    {
        var tally = new RefusalTally();
        Assert.Equal(
            new PeerRefused("10.0.0.1:1", "full", LinkEnd.TooManyPeers),
            tally.Add("10.0.0.1:1", "10.0.0.1", LinkEnd.TooManyPeers, "full"));
        for (var i = 2; i <= 300; i++)
            Assert.Null(tally.Add($"10.0.0.1:{i}", "10.0.0.1", LinkEnd.TooManyPeers, "full"));
        Assert.Equal(
            [new PeerRefused("10.0.0.1", "299 more in the last 60 s: full", LinkEnd.TooManyPeers)], tally.Tell(Minute));
        Assert.Null(tally.Add("10.0.0.1:301", "10.0.0.1", LinkEnd.TooManyPeers, "full"));
        Assert.Equal(
            [new PeerRefused("10.0.0.1", "1 more in the last 60 s: full", LinkEnd.TooManyPeers)], tally.Tell(Minute));
    }

    [Fact]
    public void Another_address_or_another_cause_is_news_and_so_is_one_that_was_quiet_for_an_interval()
    {
        var tally = new RefusalTally();
        Assert.NotNull(tally.Add("a:1", "a", LinkEnd.TooManyPeers, "full"));
        Assert.NotNull(tally.Add("b:1", "b", LinkEnd.TooManyPeers, "full"));
        Assert.NotNull(tally.Add("a:2", "a", LinkEnd.IdTaken, "taken"));
        Assert.Empty(tally.Tell(Minute));
        Assert.True(tally.IsEmpty);
        Assert.NotNull(tally.Add("a:3", "a", LinkEnd.TooManyPeers, "full"));
    }

    [Fact]
    public void More_addresses_than_it_remembers_are_counted_together_and_none_is_lost()
    {
        var tally = new RefusalTally();
        var told = Enumerable.Range(0, 1000)
            .Count(i => tally.Add($"{i}:1", $"{i}", LinkEnd.TooManyPeers, "full") is not null);
        Assert.Equal(RefusalTally.Limit + 1, told);
        var rest = Assert.Single(tally.Tell(Minute));
        Assert.Equal(RefusalTally.Others, rest.Peer);
        Assert.StartsWith($"{1000 - told} more", rest.Reason, StringComparison.Ordinal);
    }
}
