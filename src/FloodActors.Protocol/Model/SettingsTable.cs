using static FloodActors.Setting;

namespace FloodActors;

/// <summary>
/// Every setting once, with its range. What is read from HOCON and what <see cref="FloodSettings.Validate"/> checks
/// follows from it, and a test holds <c>reference.conf</c> against it: key, default, and the range in the words of
/// <see cref="Setting.Allowed"/>. So a new setting is a property of <see cref="FloodSettings"/>, a row here, and its
/// reason there.
/// </summary>
internal static class SettingsTable
{
    private const int KiB = 1 << 10;
    private const int MiB = 1 << 20;
    private const long GiB = 1L << 30;
    private const long TiB = 1L << 40;

    public static IReadOnlyList<Setting> Rows { get; } =
    [
        Text("node-name", 0, 256, s => s.NodeName, (s, v) => s with { NodeName = v }),
        Texts("peers", s => s.Peers, (s, v) => s with { Peers = v }),
        Number("capacity", "messages", 1, 10_000_000, s => s.Capacity, (s, v) => s with { Capacity = v }),
        Size("max-message-size", KiB, 256 * MiB, s => s.MaxMessageSize, (s, v) => s with { MaxMessageSize = v }),
        LongSize("capacity-bytes", KiB, TiB,
            s => s.CapacityBytes, (s, v) => s with { CapacityBytes = v }).AtLeast("max-message-size"),
        // At 128 bytes on top of each payload, more messages than fit 8 GiB would not fit the seen-set's index either.
        LongSize("max-lag", KiB, 8 * GiB, s => s.MaxLag, (s, v) => s with { MaxLag = v }).AtLeast("max-message-size"),
        Choice("on-lag", s => s.OnLag, (s, v) => s with { OnLag = v }),
        Number("max-peers", "links", 1, 65_535, s => s.MaxPeers, (s, v) => s with { MaxPeers = v }),
        Number("max-pending-links", "links", 1, 65_535,
            s => s.MaxPendingLinks, (s, v) => s with { MaxPendingLinks = v }),
        Choice("message-id", s => s.MessageId, (s, v) => s with { MessageId = v }),
        Choice("content-hash", s => s.ContentHash, (s, v) => s with { ContentHash = v }),
        Number("seen.max-count", "ids", 1000, 100_000_000,
            s => s.SeenMaxCount, (s, v) => s with { SeenMaxCount = v }).AtLeast("capacity"),
        Duration("seen.max-age", Seconds(10), TimeSpan.FromDays(365),
            s => s.SeenMaxAge, (s, v) => s with { SeenMaxAge = v }),
        Number("seen.max-origins", "origins", 16, 10_000_000,
            s => s.SeenMaxOrigins, (s, v) => s with { SeenMaxOrigins = v }),
        Number("seen.max-intervals", "gaps", 2, 1_000_000,
            s => s.SeenMaxIntervals, (s, v) => s with { SeenMaxIntervals = v }),
        Number("keys.max-count", "keys", 1, 10_000_000, s => s.KeysMaxCount, (s, v) => s with { KeysMaxCount = v }),
        LongSize("keys.max-bytes", KiB, TiB,
            s => s.KeysMaxBytes, (s, v) => s with { KeysMaxBytes = v }).AtLeast("max-message-size"),
        Number("max-rejected", "messages", 0, 1_000_000_000,
            s => s.MaxRejected, (s, v) => s with { MaxRejected = v }),
        Duration("validator-time", Milliseconds(1), Minutes(1),
            s => s.ValidatorTime, (s, v) => s with { ValidatorTime = v }),
        Number("append-queue", "messages", 1, 10_000_000, s => s.AppendQueue, (s, v) => s with { AppendQueue = v }),
        LongSize("append-queue-bytes", KiB, TiB,
            s => s.AppendQueueBytes, (s, v) => s with { AppendQueueBytes = v }).AtLeast("max-message-size"),
        Number("event-buffer", "events", 16, 1_000_000, s => s.EventBuffer, (s, v) => s with { EventBuffer = v }),
        Duration("peer-timeout", Seconds(1), Minutes(10), s => s.PeerTimeout, (s, v) => s with { PeerTimeout = v }),
        Duration("peer-grace", TimeSpan.Zero, TimeSpan.FromDays(1),
            s => s.PeerGrace, (s, v) => s with { PeerGrace = v }),
        Duration("leave-timeout", TimeSpan.Zero, Minutes(10),
            s => s.LeaveTimeout, (s, v) => s with { LeaveTimeout = v }),
        Size("max-frame", FloodSettings.LeastFrame, 64_000, s => s.MaxFrame, (s, v) => s with { MaxFrame = v }),
        // A record of ids is longer than a small frame and must fit, too: else the peer would send it for ever.
        LongSize("reassembly-bytes", 48 * KiB, TiB,
            s => s.ReassemblyBytes, (s, v) => s with { ReassemblyBytes = v }).AtLeast("max-message-size"),
        Size("window", FloodSettings.LeastFrame, 64 * MiB,
            s => s.Window, (s, v) => s with { Window = v }).AtLeast("max-frame"),
        Number("redundancy", "copies", 0, 16, s => s.Redundancy, (s, v) => s with { Redundancy = v })
            .Or("all", FloodSettings.EveryRoute),
        Duration("ping-interval", Milliseconds(100), Minutes(5),
            s => s.PingInterval, (s, v) => s with { PingInterval = v }).AtMost("peer-timeout", part: 2),
        Duration("resend-timeout", Milliseconds(50), Minutes(10),
            s => s.ResendTimeout, (s, v) => s with { ResendTimeout = v }).AtMost("peer-timeout"),
        Duration("redial.min", Milliseconds(10), Minutes(10), s => s.RedialMin, (s, v) => s with { RedialMin = v }),
        Duration("redial.max", Milliseconds(10), Minutes(60),
            s => s.RedialMax, (s, v) => s with { RedialMax = v }).AtLeast("redial.min"),
        Switch("local-frames", s => s.LocalFrames, (s, v) => s with { LocalFrames = v }),
        Number("listener.batch", "messages", 1, 65_536, s => s.ListenerBatch, (s, v) => s with { ListenerBatch = v }),
        Text("listener.dispatcher", 1, 256, s => s.ListenerDispatcher, (s, v) => s with { ListenerDispatcher = v }),
        Number("json.max-depth", "nested", 1, 512, s => s.JsonMaxDepth, (s, v) => s with { JsonMaxDepth = v }),
        Types("hyperion.types", s => s.HyperionTypes, (s, v) => s with { HyperionTypes = v }),
        Number("hyperion.max-depth", "nested", 1, 512,
            s => s.HyperionMaxDepth, (s, v) => s with { HyperionMaxDepth = v }),
        Switch("trace", s => s.Trace, (s, v) => s with { Trace = v }),
    ];

    /// <summary>The row of a key.</summary>
    public static Setting Of(string key) => Rows.First(row => row.Key == key);

    private static TimeSpan Milliseconds(int count) => TimeSpan.FromMilliseconds(count);

    private static TimeSpan Seconds(int count) => TimeSpan.FromSeconds(count);

    private static TimeSpan Minutes(int count) => TimeSpan.FromMinutes(count);
}
