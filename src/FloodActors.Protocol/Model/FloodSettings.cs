namespace FloodActors;

/// <summary>How a node names messages.</summary>
public enum MessageIdMode
{
    /// <summary>
    /// By their value: appending what was already seen is not new. Exact within the seen window (<c>flood.seen</c>).
    /// </summary>
    Content,

    /// <summary>
    /// By origin and running number: every append is new. Exact without a limit in time, in memory proportional to the
    /// number of origins.
    /// </summary>
    Sequence,
}

/// <summary>What happens when the slowest cursor is <c>max-lag</c> behind.</summary>
public enum LagPolicy
{
    /// <summary>The cursor skips to what is still in memory and goes on; the skip is reported.</summary>
    Skip,

    /// <summary>
    /// The cursor skips and the peer is disconnected, so that it links again and catches up from the log.
    /// </summary>
    Disconnect,

    /// <summary>
    /// Appends on this node wait. What arrives from peers never waits, so it can still make a cursor skip.
    /// </summary>
    Wait,
}

/// <summary>
/// All settings of a node. Read from HOCON (<c>flood</c>, or <c>flood.instances.NAME</c> for a flood with a
/// name); every key is explained in <c>reference.conf</c>, with its unit, range and reason. To change one in code, use
/// <c>with</c>; what is set is checked when the flood starts.
/// </summary>
public sealed record FloodSettings
{
    /// <summary>No frame is limited to less.</summary>
    internal const int LeastFrame = 1024;

    /// <summary>
    /// This node's name, unique among its peers: the id under which they know it. Empty: its address.
    /// </summary>
    public string NodeName { get; init; } = "";

    /// <summary>Addresses to dial at the start.</summary>
    public IReadOnlyList<string> Peers { get; init; } = [];

    /// <summary>Messages in <c>data</c>.</summary>
    public int Capacity { get; init; } = 100;

    /// <summary>Bytes in <c>data</c>, each message counted with <see cref="FloodMessage.Overhead"/>.</summary>
    public long CapacityBytes { get; init; } = 64L << 20;

    /// <summary>Bytes of the largest encoded payload.</summary>
    public int MaxMessageSize { get; init; } = 4 << 20;

    /// <summary>Bytes kept beyond capacity for the slowest peer or subscriber.</summary>
    public long MaxLag { get; init; } = 32L << 20;

    /// <summary>What happens beyond <see cref="MaxLag"/>.</summary>
    public LagPolicy OnLag { get; init; } = LagPolicy.Skip;

    /// <summary>Links and remembered peers at most.</summary>
    public int MaxPeers { get; init; } = 256;

    /// <summary>How messages are named; the same on all nodes.</summary>
    public MessageIdMode MessageId { get; init; } = MessageIdMode.Content;

    /// <summary>The hash behind content ids; the same on all nodes.</summary>
    public ContentHash ContentHash { get; init; } = ContentHash.XxHash128;

    /// <summary>Ids remembered at most (content).</summary>
    public int SeenMaxCount { get; init; } = 1_000_000;

    /// <summary>How long an id (content) or a silent origin (sequence) is remembered.</summary>
    public TimeSpan SeenMaxAge { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Origins remembered at most (sequence).</summary>
    public int SeenMaxOrigins { get; init; } = 100_000;

    /// <summary>Gaps remembered for an origin at most (sequence).</summary>
    public int SeenMaxIntervals { get; init; } = 1024;

    /// <summary>Keys at most, removed ones included.</summary>
    public int KeysMaxCount { get; init; } = 10_000;

    /// <summary>Bytes of all keys with their latest values.</summary>
    public long KeysMaxBytes { get; init; } = 64L << 20;

    /// <summary>Appends that may wait for the flood, in messages.</summary>
    public int AppendQueue { get; init; } = 8192;

    /// <summary>Appends that may wait for the flood, in bytes.</summary>
    public long AppendQueueBytes { get; init; } = 16L << 20;

    /// <summary>Events kept for subscribers that are behind.</summary>
    public int EventBuffer { get; init; } = 1024;

    /// <summary>A link ends when nothing was received from the peer for this long.</summary>
    public TimeSpan PeerTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the cursor of a peer is kept after its link was lost.</summary>
    public TimeSpan PeerGrace { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How long leaving may take.</summary>
    public TimeSpan LeaveTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How many bytes may be sent to one peer before it acknowledges them.</summary>
    public int Window { get; init; } = 512 << 10;

    /// <summary>Bytes of the largest frame.</summary>
    public int MaxFrame { get; init; } = 60_000;

    /// <summary>Bytes of messages larger than a frame that are being put together, over all links, at most.</summary>
    public long ReassemblyBytes { get; init; } = 64L << 20;

    /// <summary>How many links that other nodes asked for may be in their greeting at a time.</summary>
    public int MaxPendingLinks { get; init; } = 64;

    /// <summary>
    /// How many copies of each message this node wants in addition to the first; <see cref="EveryRoute"/> for one from
    /// every peer. Further peers are asked to send only ids.
    /// </summary>
    public int Redundancy { get; init; }

    /// <summary>As a <see cref="Redundancy"/>, <c>all</c> in HOCON: every peer sends every message.</summary>
    public const int EveryRoute = int.MaxValue;

    /// <summary>A link that has sent nothing for this long sends a ping.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a frame may stay unconfirmed before it is sent again; doubled each time.</summary>
    public TimeSpan ResendTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The first wait before a peer is dialled again; doubled each time up to <see cref="RedialMax"/>, with up to a
    /// quarter of jitter.
    /// </summary>
    public TimeSpan RedialMin { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc cref="RedialMin"/>
    public TimeSpan RedialMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether peers in this process are handed messages as they are, without encoding.</summary>
    public bool LocalFrames { get; init; } = true;

    /// <summary>Notices handed to a subscriber at a time.</summary>
    public int ListenerBatch { get; init; } = 256;

    /// <summary>Dispatcher of callbacks and subscriptions.</summary>
    public string ListenerDispatcher { get; init; } = "flood.listener-dispatcher";

    /// <summary>JSON values nested deeper are refused.</summary>
    public int JsonMaxDepth { get; init; } = 64;

    /// <summary>Objects nested deeper are refused.</summary>
    public int HyperionMaxDepth { get; init; } = 64;

    /// <summary>Types that object payloads may hold.</summary>
    public IReadOnlyList<Type> HyperionTypes { get; init; } = [];

    /// <summary>
    /// Decides which messages may pass; null for all. It can be set in code only. A validator serves one flood.
    /// </summary>
    public IFloodValidator? Validator { get; init; }

    /// <summary>
    /// Messages of a peer that the validator may reject per minute before the peer is disconnected.
    /// </summary>
    public int MaxRejected { get; init; } = 100;

    /// <summary>A call of the validator that takes longer is counted and logged.</summary>
    public TimeSpan ValidatorTime { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Whether messages appended here carry the time of their append and their trace.</summary>
    public bool Trace { get; init; }

    /// <summary>
    /// These settings with further <see cref="HyperionTypes"/>: <c>settings.AllowObjects(types =>
    /// types.Add&lt;Price&gt;().Add&lt;Order&gt;())</c>.
    /// </summary>
    public FloodSettings AllowObjects(Action<ObjectTypes> add)
    {
        ArgumentNullException.ThrowIfNull(add);
        var types = new ObjectTypes();
        add(types);
        return this with { HyperionTypes = [.. HyperionTypes.Union(types.Types)] };
    }

    /// <summary>Checks every range.</summary>
    /// <exception cref="FloodConfigurationException">A value is out of range; the message names key, value and
    /// range.</exception>
    public void Validate()
    {
        foreach (var setting in SettingsTable.Rows) setting.Check(this);
        if (Peers.Count > MaxPeers)
        {
            throw new FloodConfigurationException(
                $"flood.peers lists {Peers.Count} addresses, and flood.max-peers is {MaxPeers}.");
        }
    }

    /// <summary>
    /// The wait before the next try, by the number of failures: doubled each time between the two bounds, with up to a
    /// quarter of jitter.
    /// </summary>
    /// <param name="failed">How many have failed since the last success.</param>
    /// <param name="random">Any number; the jitter is made of it.</param>
    public long RedialWaitMs(int failed, ulong random)
    {
        var doubled = RedialMin.TotalMilliseconds * Math.Pow(2, Math.Min(failed, 16));
        var wait = Math.Min(doubled, RedialMax.TotalMilliseconds);
        return (long)(wait * (1 + ((random >> 11) * (0.25 / (1UL << 53)))));
    }

    internal long LeaveTimeoutMs => (long)LeaveTimeout.TotalMilliseconds;

    internal long PeerTimeoutMs => (long)PeerTimeout.TotalMilliseconds;

    internal long PeerGraceMs => (long)PeerGrace.TotalMilliseconds;

    internal long PingIntervalMs => (long)PingInterval.TotalMilliseconds;

    internal long ResendTimeoutMs => (long)ResendTimeout.TotalMilliseconds;
}

/// <summary>A setting is missing, unknown or wrong. The message names the key, its value and what is allowed.</summary>
public sealed class FloodConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
