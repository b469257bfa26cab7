using FloodActors.Host.Http;

namespace FloodActors.Host.Tests.Http;

public sealed class PageFeedTests
{
    private readonly PageFeed _feed = new(TimeProvider.System);

    [Fact]
    public void A_page_is_given_all_that_happened_since_it_last_asked_at_once()
    {
        long position = 0;
        Add(0, 3);
        Assert.Equal(["0", "1", "2"], Peers(_feed.Take(ref position, out var none)));
        Assert.Equal(0, none);
        Assert.Empty(_feed.Take(ref position, out _));
        Add(3, 2);
        Assert.Equal(["3", "4"], Peers(_feed.Take(ref position, out none)));
        Assert.Equal(0, none);
    }

    [Fact]
    public void The_newest_are_kept_and_a_page_is_told_how_many_it_missed()
    {
        long reading = 0, late = 0;
        Add(0, 10);
        _feed.Take(ref reading, out _);
        Add(10, PageFeed.MaxEvents + 5);
        var newest = Enumerable.Range(15, PageFeed.MaxEvents).Select(i => $"{i}");
        Assert.Equal(newest, Peers(_feed.Take(ref reading, out var missed)));
        Assert.Equal(5, missed);
        Assert.Equal(newest, Peers(_feed.Take(ref late, out missed)));
        Assert.Equal(15, missed);
        Assert.Empty(_feed.Take(ref reading, out missed));
        Assert.Equal(0, missed);
    }

    [Fact]
    public void As_many_are_kept_as_a_page_shows()
    {
        using var page = typeof(PageFeed).Assembly.GetManifestResourceStream("FloodActors.Host.page.html")!;
        using var reader = new StreamReader(page);
        Assert.Contains($"shownMessages = {PageFeed.MaxEvents},", reader.ReadToEnd(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Peers(IEnumerable<FloodEvent> events) =>
        events.Select(happened => Assert.IsType<PeerDisconnected>(happened).Peer);

    private void Add(int first, int count)
    {
        for (var i = first; i < first + count; i++) _feed.Add(new PeerDisconnected($"{i}", "gone", default));
    }
}
