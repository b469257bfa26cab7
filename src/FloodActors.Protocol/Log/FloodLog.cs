using System.Numerics;

namespace FloodActors.Core;

/// <summary>
/// The node's ordered messages: a ring that grows on demand, addressed by position, a number that only rises.
/// <code>
///   First ............ DataStart .................. Next
///     | kept for those    |  data: the newest ones,   |
///     | who lag behind    |  at most `capacity`       |
/// </code>
/// Beside each message there is a bit per peer slot that says whether that peer is known to have it.
/// </summary>
internal sealed class FloodLog
{
    private LogNote[] _notes = [];
    private FloodMessage?[] _messages = [];
    // running total of weights up to and including the message, so any range's bytes cost one subtraction
    private long[] _endOffsets = [];
    private ulong[] _known = [];
    private int _words = 1;
    private int _mask = -1;

    /// <summary>Position of the oldest message still in memory.</summary>
    public long First { get; private set; }

    /// <summary>Position of the oldest message that is part of <c>data</c>.</summary>
    public long DataStart { get; private set; }

    /// <summary>Position that the next message gets; also how many messages this node has ever taken.</summary>
    public long Next { get; private set; }

    /// <summary>Messages in <c>data</c>.</summary>
    public int Count => (int)(Next - DataStart);

    /// <summary>Weight of <c>data</c> in bytes.</summary>
    public long DataBytes => BytesBetween(DataStart, Next);

    /// <summary>Weight in bytes of the messages kept beyond <c>data</c> for peers and subscribers that lag.</summary>
    public long RetainedBytes => BytesBetween(First, DataStart);

    public FloodMessage this[long position] => _messages[(int)position & _mask]!;

    public bool Holds(long position) => position >= First && position < Next;

    /// <summary>
    /// Weight in bytes of the messages from <paramref name="from"/> up to, not including, <paramref name="to"/>.
    /// </summary>
    public long BytesBetween(long from, long to) => to <= from ? 0 : EndOffset(to - 1) - EndOffset(from - 1);

    /// <summary>The note of a message that is in the log.</summary>
    public ref LogNote NoteOf(long position) => ref _notes[(int)position & _mask];

    public void Append(FloodMessage message, in LogNote note)
    {
        if (Next - First > _mask) Grow();
        var index = (int)Next & _mask;
        _messages[index] = message;
        _notes[index] = note;
        _endOffsets[index] = EndOffset(Next - 1) + message.Weight;
        _known.AsSpan(index * _words, _words).Clear();
        Next++;
    }

    /// <summary>Moves the start of <c>data</c> so that it keeps both limits. The newest message always stays.</summary>
    public void LimitData(long capacity, long capacityBytes)
    {
        var start = Math.Max(DataStart, Next - capacity);
        while (start < Next - 1 && BytesBetween(start, Next) > capacityBytes) start++;
        DataStart = start;
    }

    /// <summary>
    /// The oldest position from which the messages kept beyond <c>data</c> weigh at most <paramref name="maxBytes"/>.
    /// </summary>
    public long OldestWithin(long maxBytes)
    {
        var (low, high) = (First, DataStart);
        while (low < high)
        {
            var middle = low + ((high - low) >> 1);
            if (BytesBetween(middle, DataStart) > maxBytes) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <summary>Forgets the oldest message.</summary>
    public FloodMessage RemoveFirst()
    {
        var index = (int)First & _mask;
        var message = _messages[index]!;
        _messages[index] = null;
        _notes[index] = default;
        _firstOffset = _endOffsets[index];
        First++;
        return message;
    }

    public bool IsKnown(long position, int slot) =>
        (_known[(((int)position & _mask) * _words) + (slot >> 6)] & (1UL << slot)) != 0;

    /// <summary>Notes that the peer has the message. Returns whether that is new.</summary>
    public bool MarkKnown(long position, int slot)
    {
        ref var word = ref _known[(((int)position & _mask) * _words) + (slot >> 6)];
        var bit = 1UL << slot;
        if ((word & bit) != 0) return false;
        word |= bit;
        return true;
    }

    /// <summary>Makes room for the slot's bits.</summary>
    public void EnsureSlot(int slot)
    {
        if (slot >> 6 < _words) return;
        Relayout(_mask + 1, (int)BitOperations.RoundUpToPowerOf2((uint)(slot >> 6) + 1));
    }

    /// <summary>Clears a slot's bits before another peer gets it.</summary>
    public void ClearSlot(int slot)
    {
        for (var position = First; position < Next; position++)
            _known[(((int)position & _mask) * _words) + (slot >> 6)] &= ~(1UL << slot);
    }

    private long _firstOffset;

    private long EndOffset(long position) => position < First ? _firstOffset : _endOffsets[(int)position & _mask];

    private void Grow() => Relayout(_mask < 0 ? 8 : (_mask + 1) * 2, _words);

    private void Relayout(int size, int words)
    {
        var messages = new FloodMessage?[size];
        var offsets = new long[size];
        var known = new ulong[size * words];
        var notes = new LogNote[size];
        for (var position = First; position < Next; position++)
        {
            var (from, to) = ((int)position & _mask, (int)position & (size - 1));
            messages[to] = _messages[from];
            notes[to] = _notes[from];
            offsets[to] = _endOffsets[from];
            _known.AsSpan(from * _words, _words).CopyTo(known.AsSpan(to * words));
        }
        (_messages, _notes, _endOffsets, _known, _words, _mask) = (messages, notes, offsets, known, words, size - 1);
    }
}

/// <summary>What a node remembers about a message while it is in the log.</summary>
internal struct LogNote
{
    /// <summary>The peer that brought it first; null when it was appended here.</summary>
    public PeerCursor? Carrier;

    /// <summary>
    /// The peer whose log's order it was taken in: the carrier, or one that had only told its id.
    /// </summary>
    public PeerCursor? InOrderOf;

    /// <summary>The routes of its origin.</summary>
    public int Route;

    /// <summary>How many further copies came; at most 255 are counted.</summary>
    public byte Copies;
}
