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

    /// <summary>The ids that the peer's stream has still to pass, in order, and the size told with each.</summary>
    public IEnumerable<(MessageId Id, int Size)> ToPass()
    {
        foreach (var batch in _batches)
        {
            for (var i = batch.Next; i < batch.Count; i++)
            {
                if (!batch.Entries[i].TellsIds) continue;
                for (var n = i == batch.Next ? batch.NextId : 0; n < batch.Entries[i].IdCount; n++)
                {
                    var id = batch.Entries[i].IdAt(n, out var size);
                    yield return (id, size);
                }
            }
        }
    }

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
