namespace FloodActors.Host.Output;

/// <summary>A node's counters under the names that scripts read.</summary>
internal static class StatsTable
{
    public static IEnumerable<(string Name, long Value)> Of(FloodStats stats) =>
    [
        ("appended", stats.Appended),
        ("appendedAgain", stats.AppendedAgain),
        ("delivered", stats.Delivered),
        ("duplicates", stats.Duplicates),
        ("forwarded", stats.Forwarded),
        ("forwardedBytes", stats.ForwardedBytes),
        ("spared", stats.Spared),
        ("dropped", stats.Dropped),
        ("skipped", stats.Skipped),
        ("subscriberSkipped", stats.SubscriberSkipped),
        ("eventsLost", stats.EventsLost),
        ("unreachable", stats.Unreachable),
        ("tooLargeForPeer", stats.TooLargeForPeer),
        ("originsFull", stats.OriginsFull),
        ("originsForgotten", stats.OriginsForgotten),
        ("givenUp", stats.GivenUp),
        ("undecodable", stats.Undecodable),
        ("callbackFailures", stats.CallbackFailures),
        ("peers", stats.Peers),
        ("logCount", stats.LogCount),
        ("logBytes", stats.LogBytes),
        ("retainedBytes", stats.RetainedBytes),
        ("seen", stats.Seen),
    ];
}
