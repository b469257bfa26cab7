namespace FloodActors.Core;

/// <summary>
/// Remembers which messages a node has taken, so that each is delivered once, and the positions of those that are
/// still in its log. <see cref="SeenWindow"/> is for ids that are hashes, <see cref="SeenIntervals"/> for ids that
/// consist of an origin and a number.
/// </summary>
/// <remarks>Messages in the log are never forgotten, whatever the bounds. Not thread-safe: it belongs to
/// one actor.</remarks>
internal abstract class SeenSet
{
    /// <summary>
    /// The value of <c>known</c> when the message is not known or no longer in the log. As a position to add: not in
    /// the log.
    /// </summary>
    public const long NoPosition = -1;

    /// <summary>Nobody brought it.</summary>
    public const int NoBringer = -1;

    /// <summary>Creates the seen-set that the settings specify.</summary>
    /// <param name="settings">Checked.</param>
    /// <param name="incarnation">The node's own, which is the origin of the messages that it appends.</param>
    /// <param name="salt">Random, and unknown to the peers: see <see cref="IdHash"/>.</param>
    public static SeenSet Create(FloodSettings settings, ulong incarnation, ulong salt)
    {
        var age = (long)settings.SeenMaxAge.TotalMilliseconds;
        return settings.MessageId == MessageIdMode.Sequence
            ? new SeenIntervals(incarnation, settings.SeenMaxOrigins, settings.SeenMaxIntervals, age, salt)
            : new SeenWindow(settings.SeenMaxCount, age, salt);
    }

    /// <summary>How many ids (content) or origins (sequence) are remembered now.</summary>
    public abstract int Count { get; }

    /// <summary>
    /// Looks an id up and, when it is new, remembers it at <paramref name="position"/>. A known id is refreshed: it is
    /// remembered for the full age from <paramref name="now"/> on. Allocates nothing for a known id.
    /// </summary>
    /// <param name="id">The message.</param>
    /// <param name="position">The log position that the message gets if it is new, until <see cref="LeftLog"/>; <see
    /// cref="NoPosition"/> if it gets none.</param>
    /// <param name="now">Milliseconds of a monotonic clock, not negative. A time before the latest counts as
    /// the latest.</param>
    /// <param name="known">The position noted when the id was added, while the message is in the log; else <see
    /// cref="NoPosition"/>.</param>
    public abstract SeenResult TryAdd(in MessageId id, long position, long now, out long known);

    /// <summary>
    /// Prefetches for an id that will be looked up soon, some messages after this one: a table of a million ids does
    /// not fit into the caches, and waiting for memory costs more than everything else, unless the waits for several
    /// messages overlap. It changes nothing.
    /// </summary>
    public virtual void Prefetch(in MessageId id)
    {
    }

    /// <summary>The same for a message that a peer sent; a new origin in it is charged to that peer.</summary>
    /// <param name="id">The message.</param>
    /// <param name="position">As above.</param>
    /// <param name="now">As above.</param>
    /// <param name="bringer">The peer, a small number; <see cref="NoBringer"/> for this node itself.</param>
    /// <param name="known">As above.</param>
    public virtual SeenResult TryAdd(in MessageId id, long position, long now, int bringer, out long known) =>
        TryAdd(id, position, now, out known);

    /// <summary>The peer is gone permanently: from now on its number may belong to another peer.</summary>
    public virtual void Disown(int bringer)
    {
    }

    /// <summary>
    /// Whether the id is remembered; refreshes it like <c>TryAdd</c> when it is, adds nothing when it is not.
    /// </summary>
    /// <summary>
    /// Sets the time: the age of messages that leave the log from now on starts now, however long nothing was added or
    /// looked up.
    /// </summary>
    public void Advance(long now) => Contains(default, now, out _);

    /// <summary>
    /// Whether the id is remembered; refreshes it like <c>TryAdd</c> when it is, adds nothing when it is not.
    /// </summary>
    public abstract bool Contains(in MessageId id, long now, out long known);

    /// <summary>
    /// Ids that count as seen although they never came, because a bound did not allow remembering that they are
    /// missing. It never decreases.
    /// </summary>
    public virtual long GivenUp => 0;

    /// <summary>
    /// Origins evicted to make room for others: their messages are new again. A message evicts at most one.
    /// </summary>
    public long ForgottenOrigins { get; protected set; }

    /// <summary>The origin that was evicted last.</summary>
    public ulong LastForgotten { get; protected set; }

    /// <summary>
    /// The message left the log: its position is no longer needed, and the id may be evicted at the full age, counted
    /// from the latest time that was passed. Nothing happens for an id that is not in the log.
    /// </summary>
    public abstract void LeftLog(in MessageId id);
}

/// <summary>The result of a <see cref="SeenSet"/>.</summary>
internal enum SeenResult : byte
{
    /// <summary>Not seen before; remembered now.</summary>
    New,

    /// <summary>Seen before.</summary>
    Duplicate,

    /// <summary>Cannot be taken: no place is left for another origin. Nothing was added.</summary>
    Full,

    /// <summary>
    /// Cannot be taken: the peer that brings it has brought as many origins as there are places left. Nothing was
    /// added.
    /// </summary>
    ShareFull,

    /// <summary>Cannot be taken: no origin can have reached this number. Nothing was added.</summary>
    TooFarAhead,
}
