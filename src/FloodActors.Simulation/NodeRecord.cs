using System.Numerics;
using FloodActors.Core;
using FloodActors.Links;

namespace FloodActors.Simulation;

/// <summary>A message of the simulation.</summary>
internal sealed class MessageRecord(int index, MessageId id, long appended, MessageSet before)
{
    /// <summary>The origins that appended it: with content ids there may be several.</summary>
    public List<Origin> Authors { get; } = [];

    public int Index { get; } = index;

    public MessageId Id { get; } = id;

    /// <summary>When it was first appended, in microseconds.</summary>
    public long Appended { get; } = appended;

    /// <summary>
    /// The messages that its author had when it was appended: its causes. If several appended it, only those that all
    /// of them had.
    /// </summary>
    public MessageSet Before { get; set; } = before;

    public required ReadOnlyMemory<byte> Body { get; init; }
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
            if ((_words[i] & ~other._words[i]) is var word and not 0) return (i * 64)
                + BitOperations.TrailingZeroCount(word);
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

    /// <summary>The messages of this set that are in neither of the others.</summary>
    public IEnumerable<int> NotIn(MessageSet one, MessageSet other)
    {
        for (var i = 0; i < _words.Length; i++)
        {
            for (var rest = _words[i] & ~one._words[i] & ~other._words[i]; rest != 0; rest &= rest - 1)
                yield return (i * 64) + BitOperations.TrailingZeroCount(rest);
        }
    }

    public bool IsWithin(MessageSet one, MessageSet other)
    {
        for (var i = 0; i < _words.Length; i++)
            if ((_words[i] & ~one._words[i] & ~other._words[i]) != 0) return false;
        return true;
    }

    public MessageSet Copy()
    {
        var copy = new MessageSet(_words.Length * 64);
        copy.AddAll(this);
        return copy;
    }
}

/// <summary>A holder of messages: an incarnation of a node, or a stream.</summary>
internal class Holder(int messages)
{
    private MessageSet? _delivered;
    private MessageSet? _excused;
    private MessageSet? _turnedAway;

    public MessageSet Delivered => _delivered ??= new MessageSet(messages);

    /// <summary>
    /// Messages that may be missing here although later ones have been delivered: somebody reported it, or it was
    /// unavoidable.
    /// </summary>
    public MessageSet Excused => _excused ??= new MessageSet(messages);

    /// <summary>Messages that it reported as not taken.</summary>
    public MessageSet TurnedAway => _turnedAway ??= new MessageSet(messages);

    /// <summary>Messages that its validator rejected.</summary>
    public HashSet<int> Rejected { get; } = [];

    public bool IsStream { get; init; }

    /// <summary>Whether it is given the messages from before it came.</summary>
    public bool CatchesUp { get; init; } = true;

    public bool IsImpostor { get; init; }
}

/// <summary>What one node owes one incarnation of a peer, and what it reported as not given.</summary>
internal sealed class Ledger(int messages, ulong incarnation, Holder peer)
{
    public ulong Incarnation { get; } = incarnation;

    public Holder Peer { get; } = peer;

    public PeerCursor? Cursor { get; set; }

    /// <summary>
    /// Messages that the node no longer had when the peer's cursor was created: the peer was told so when they linked.
    /// </summary>
    public MessageSet Gone { get; } = new(messages);

    /// <summary>Messages that were reported, one by one, as not sent.</summary>
    public MessageSet NotSent { get; } = new(messages);

    /// <summary>Messages reported as skipped for this peer, or missed by it when it was forgotten.</summary>
    public long Reported { get; set; }

    /// <summary>The end of the log when the cursor was given up.</summary>
    public long GivenUpAt { get; set; }

    /// <summary>The last position handed over the present link.</summary>
    public long LastHanded { get; set; } = -1;

    /// <summary>The positions that were requested over it.</summary>
    public HashSet<long> Answers { get; } = [];

    /// <summary>The present link.</summary>
    public Link? Link { get; set; }

    /// <summary>
    /// How many messages had left the node's log when the peer's cursor was created for the present link; 0 when it was
    /// kept.
    /// </summary>
    public long GoneAtOpen { get; set; }

    /// <summary>How many messages the peer said had left its log when the present link came up.</summary>
    public long HistoryTold { get; set; }

    /// <summary>Whether that number has been checked.</summary>
    public bool HistoryChecked { get; set; }

    /// <summary>Values of keys that were to be given over the present link.</summary>
    public long KeysOwed { get; set; }

    /// <summary>Those of them that were handed to it.</summary>
    public long KeysHanded { get; set; }

    /// <summary>Those that the peer turned out to have.</summary>
    public long KeysHad { get; set; }

    /// <summary>Those that the peer cannot take.</summary>
    public long KeysUnfit { get; set; }

    /// <summary>Whether the last two cannot be distinguished.</summary>
    public bool IsUncertain { get; set; }

    /// <summary>What the peer had been spared when the link came up.</summary>
    public long SparedBefore { get; set; }

    /// <summary>Values of keys that were reported as not sent, over any link.</summary>
    public HashSet<MessageId> KeysNotSent { get; } = [];

    /// <summary>A link came up.</summary>
    public void Begin(Link link, long historyTold)
    {
        (Cursor, Link, LastHanded) = (link.Cursor, link, -1);
        Answers.Clear();
        (HistoryTold, HistoryChecked, GoneAtOpen) = (historyTold, false, 0);
        (KeysOwed, SparedBefore) = (Cursor!.Due?.Count ?? 0, Cursor.Due?.SparedEver ?? 0);
        (KeysHanded, KeysHad, KeysUnfit, IsUncertain) = (0, 0, 0, false);
    }
}

/// <summary>The oracle's notes on one incarnation of a node.</summary>
internal sealed class NodeRecord(SimNode node) : Holder(node.World.Options.Appends.Count)
{
    /// <summary>Message indexes in log order.</summary>
    public List<int> History { get; } = [];

    /// <summary>The incarnation that each of them came from; 0 when it was appended here.</summary>
    public List<ulong> Sources { get; } = [];

    /// <summary>When each of them left the log, by the node's clock; as many as have left.</summary>
    public List<long> LeftAt { get; } = [];

    /// <summary>Ids of appends that were just looked up in the seen-set, and whether they were new.</summary>
    public Queue<(MessageId Id, bool IsNew)> Sorted { get; } = [];

    /// <summary>The last of them.</summary>
    public (MessageId Id, bool IsNew) LastSorted { get; set; }

    /// <summary>Appends that the queue took and the node has not.</summary>
    public Queue<SimulatedAppend> Pending { get; } = [];

    /// <summary>Appends of its users that its validator refused, without those of keys.</summary>
    public long Objections { get; set; }

    /// <summary>The same of keys.</summary>
    public long KeyObjections { get; set; }

    /// <summary>What it holds of each key.</summary>
    public Dictionary<string, HeldKey> Keys { get; } = [];

    /// <summary>Keys whose removal it has forgotten, and how often it has forgotten one.</summary>
    public HashSet<string> Forgotten { get; } = [];

    /// <inheritdoc cref="Forgotten"/>
    public long ForgottenCount { get; set; }

    /// <summary>The highest version of them.</summary>
    public long ForgottenUpTo { get; set; }

    /// <summary>Values of keys that it reported as refused.</summary>
    public HashSet<MessageId> KeysRefused { get; } = [];

    /// <summary>By the peer's incarnation.</summary>
    public Dictionary<ulong, Ledger> Ledgers { get; } = [];

    /// <summary>By the peer's id: the incarnation that linked last.</summary>
    public Dictionary<string, Ledger> Current { get; } = [];

    /// <summary>All its subscribers.</summary>
    public List<SimSubscriber> Subscribers { get; } = [];

    /// <summary>Origins that it said it had forgotten.</summary>
    public HashSet<ulong> ForgottenOrigins { get; } = [];

    /// <summary>Hellos that it refused.</summary>
    public HashSet<ulong> RefusedSessions { get; } = [];

    /// <summary>Appends refused on the caller's side, and those reported.</summary>
    public long Refused { get; set; }

    /// <inheritdoc cref="Refused"/>
    public long RefusedTold { get; set; }

    /// <summary>Peers that it remembered at the last check.</summary>
    public int PeersSeen { get; set; }

    public long SkippedTold { get; set; }

    public long MissedTold { get; set; }

    public long NotSentTold { get; set; }

    public long TurnedAwayTold { get; set; }

    public long GivenUpTold { get; set; }

    /// <summary>Messages that are missing here and were excused as given-up numbers.</summary>
    public long TakenForGivenUp { get; set; }

    /// <summary>The other end's record of it, for the promise that a link makes when it comes up.</summary>
    public SimNode Node { get; } = node;
}
