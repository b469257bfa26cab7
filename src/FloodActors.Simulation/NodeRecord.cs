using System.Numerics;

namespace FloodActors.Simulation;

/// <summary>A message of the simulation.</summary>
internal sealed class MessageRecord(int index, MessageId id, long appended, MessageSet before)
{
    public int Index { get; } = index;

    public MessageId Id { get; } = id;

    /// <summary>Microseconds at which it was first appended.</summary>
    public long Appended { get; } = appended;

    /// <summary>What its author had when it was appended: its causes. Appended by several, only what all of them had.</summary>
    public MessageSet Before { get; set; } = before;
}

/// <summary>A set of messages, by index.</summary>
internal sealed class MessageSet(int capacity)
{
    private readonly ulong[] _words = new ulong[(capacity + 63) / 64];

    public int Count
    {
        get
        {
            var count = 0;
            foreach (var word in _words) count += BitOperations.PopCount(word);
            return count;
        }
    }

    public bool Contains(int index) => (_words[index >> 6] & (1UL << index)) != 0;

    public bool Add(int index)
    {
        if (Contains(index)) return false;
        _words[index >> 6] |= 1UL << index;
        return true;
    }

    /// <summary>The lowest that is in this one and not in the other; -1 if none.</summary>
    public int FirstNotIn(MessageSet other)
    {
        for (var i = 0; i < _words.Length; i++)
            if ((_words[i] & ~other._words[i]) is var word and not 0) return (i * 64) + BitOperations.TrailingZeroCount(word);
        return -1;
    }

    public void KeepOnly(MessageSet other)
    {
        for (var i = 0; i < _words.Length; i++) _words[i] &= other._words[i];
    }

    public void AddAll(MessageSet other)
    {
        for (var i = 0; i < _words.Length; i++) _words[i] |= other._words[i];
    }

    public MessageSet Copy()
    {
        var copy = new MessageSet(_words.Length * 64);
        copy.AddAll(this);
        return copy;
    }
}

/// <summary>What one node owes one incarnation of a peer, and what it said it would not give.</summary>
internal sealed class Ledger
{
    /// <summary>Positions of the node's log that it no longer had when the peer's cursor was made: the peer was told so when they linked.</summary>
    public List<(long From, long To)> Gone { get; } = [];

    /// <summary>Messages reported as skipped for this peer, or missed by it when it was forgotten.</summary>
    public long Reported { get; set; }

    public bool HasCursor { get; set; }

    /// <summary>The end of the log when the cursor was given up.</summary>
    public long GivenUpAt { get; set; }
}

/// <summary>The oracle's notes on one incarnation of a node.</summary>
internal sealed class NodeRecord(SimNode node)
{
    private MessageSet? _delivered;

    public MessageSet Delivered => _delivered ??= new MessageSet(node.World.Options.Appends.Count);

    /// <summary>Message indexes in log order.</summary>
    public List<int> History { get; } = [];

    /// <summary>The incarnation that each of them came from; 0 when it was appended here.</summary>
    public List<ulong> Sources { get; } = [];

    /// <summary>By the peer's incarnation.</summary>
    public Dictionary<ulong, Ledger> Ledgers { get; } = [];

    /// <summary>By the peer's id: the incarnation that linked last.</summary>
    public Dictionary<string, Ledger> Current { get; } = [];

    public long EventsRead { get; set; }

    public long SkippedTold { get; set; }

    public long MissedTold { get; set; }

    public long SkippedSeen { get; set; }

    public long NextTold { get; set; }

    public long NextDropTold { get; set; }

    public long LagTold { get; set; }
}
