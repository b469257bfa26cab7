namespace FloodActors.Core;

/// <summary>Remembers which messages a node has taken, and where they stand in its log, so that each is delivered once.</summary>
internal abstract class SeenSet
{
    /// <summary>Answered for <c>position</c> when the message is new, or seen but no longer located in the log.</summary>
    public const long NoPosition = -1;

    /// <summary>How many ids (content) or origins (sequence) are remembered now.</summary>
    public abstract int Count { get; }

    /// <summary>
    /// Looks an id up and, when it is new, remembers it at <paramref name="position"/>. A known id is refreshed: it stays remembered
    /// for the full age from <paramref name="now"/> on. Allocates nothing for a known id.
    /// </summary>
    /// <param name="id">The message.</param>
    /// <param name="position">The log position that the message gets if it is new.</param>
    /// <param name="now">Milliseconds of a monotonic clock.</param>
    /// <param name="known">The position noted when the id was first added. It may have left the log since.</param>
    public abstract SeenResult TryAdd(in MessageId id, long position, long now, out long known);

    /// <summary>Whether the id is remembered; refreshes it like <see cref="TryAdd"/> when it is, adds nothing when it is not.</summary>
    public abstract bool Contains(in MessageId id, long now, out long known);

    /// <summary>The message left the log: its position is of no more use (the id itself stays remembered).</summary>
    public abstract void LeftLog(in MessageId id);
}

/// <summary>The answer of a <see cref="SeenSet"/>.</summary>
internal enum SeenResult : byte
{
    /// <summary>Not seen before; remembered now.</summary>
    New,

    /// <summary>Seen before.</summary>
    Duplicate,

    /// <summary>Cannot be taken, because remembering it would break a bound (too many origins). Nothing was changed.</summary>
    Full,
}
