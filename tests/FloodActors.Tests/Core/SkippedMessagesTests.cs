using FloodActors.Core;

namespace FloodActors.Tests.Core;

public sealed class SkippedMessagesTests
{
    [Fact]
    public void What_was_skipped_for_a_peer_is_told_even_if_it_comes_back_as_another_incarnation_within_the_second()
    {
        var settings = new FloodSettings { Capacity = 1, MaxLag = 4096, MaxMessageSize = 4096 };
        var state = new FloodState(settings, new Origin(1, "node", ""), new SeenWindow(1000, 60_000, 0));
        var peer = state.Connect("peer", 7);
        state.Disconnect(peer, keep: true, now: 1000);
        for (ulong i = 1; i <= 5; i++)
            state.Append(PayloadKind.Bytes, new byte[2000], new MessageId(0, i), new FloodTime(1000, 1), out _);
        state.Trim();
        Assert.True(state.Counters.Skipped > 0);

        state.Connect("peer", 8);

        var told = Enumerable.Range(0, (int)state.Events.Next).Select(i => state.Events[i]).OfType<PeerLagged>()
            .Sum(e => e.Skipped);
        Assert.Equal(state.Counters.Skipped, told);
    }
}
