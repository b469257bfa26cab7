using System.Diagnostics.CodeAnalysis;
using FloodActors.Wire;

namespace FloodActors.Core;

/// <summary>The batches of a peer that wait, in order.</summary>
internal sealed class Inbox
{
    private readonly Queue<ReceivedBatch> _batches = new();
    private ReceivedBatch? _last;

    public int Length => _batches.Count;

    public long Weight { get; private set; }

    public IEnumerable<ReceivedBatch> Batches => _batches;

    public void Add(ReceivedBatch batch)
    {
        _batches.Enqueue(batch);
        _last = batch;
        Count(batch, 1);
    }

    /// <summary>A batch in which nothing has to wait: it is done when the last one in the inbox is.</summary>
    public void Absorb(ReceivedBatch batch)
    {
        _last!.Seq = batch.Seq;
        _last.Push |= batch.Push;
    }

    public bool TryPeek([MaybeNullWhen(false)] out ReceivedBatch batch) => _batches.TryPeek(out batch);

    public void RemoveFirst() => Count(_batches.Dequeue(), -1);

    public void Clear()
    {
        _batches.Clear();
        Weight = 0;
    }

    private void Count(ReceivedBatch batch, int sign)
    {
        Weight += sign * OrderWindow.BatchWeight;
        for (var i = 0; i < batch.Count; i++)
            if (batch.Entries[i].IsOrdered) Weight += sign * OrderWindow.WeightOf(batch.Entries[i]);
    }
}
