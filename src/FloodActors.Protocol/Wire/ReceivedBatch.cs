namespace FloodActors.Wire;

/// <summary>
/// The records of one frame, passed from a link to the flood. The link reuses the batch once it is taken. A driver may
/// derive from it.
/// </summary>
internal class ReceivedBatch
{
    public LinkEntry[] Entries = new LinkEntry[4];
    public int Count;
    public long Seq;
    public int Size;
    public bool Push;

    /// <summary>Whether it contains anything except messages in the order of the log.</summary>
    public bool HasWords;

    /// <summary>The entry that is to be taken next, and how many of its ids are done.</summary>
    public int Next;

    /// <inheritdoc cref="Next"/>
    public int NextId;

    public ReadOnlySpan<LinkEntry> Span => Entries.AsSpan(0, Count);

    public void Add(in LinkEntry entry) => Add() = entry;

    /// <summary>Adds an empty entry, to be filled in.</summary>
    public ref LinkEntry Add()
    {
        if (Count == Entries.Length) Array.Resize(ref Entries, Count * 2);
        return ref Entries[Count++];
    }

    /// <summary>Removes the last entry.</summary>
    public LinkEntry TakeLast()
    {
        var last = Entries[--Count];
        Entries[Count] = default;
        return last;
    }

    public void Clear()
    {
        Array.Clear(Entries, 0, Count);
        (Count, Next, NextId, HasWords) = (0, 0, 0, false);
    }
}

/// <summary>
/// What a link has to know about a batch that the node holds back: the batch itself belongs to the node.
/// </summary>
internal readonly record struct HeldFrames(long Seq, int Size, int Count, bool Push)
{
    public HeldFrames(ReceivedBatch batch) : this(batch.Seq, batch.Size, batch.Count, batch.Push)
    {
    }
}
