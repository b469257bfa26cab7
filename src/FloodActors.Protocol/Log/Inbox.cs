using System.Diagnostics.CodeAnalysis;
using FloodActors.Wire;

namespace FloodActors.Core;

/// <summary>Batches of a peer that wait, in order.</summary>
internal sealed class Inbox
{
    private readonly Queue<ReceivedBatch> _batches = new();

    public int Length => _batches.Count;

    public long Weight { get; private set; }

    public IEnumerable<ReceivedBatch> Batches => _batches;

    /// <summary>Bytes of answers among them.</summary>
    public long AnswerBytes { get; private set; }

    public void Add(ReceivedBatch batch)
    {
        _batches.Enqueue(batch);
        Count(batch, 1);
    }

    public bool TryPeek([MaybeNullWhen(false)] out ReceivedBatch batch) => _batches.TryPeek(out batch);

    public void RemoveFirst() => Count(_batches.Dequeue(), -1);

    public void Clear()
    {
        _batches.Clear();
        (Weight, AnswerBytes) = (0, 0);
    }

    private void Count(ReceivedBatch batch, int sign)
    {
        Weight += sign * OrderWindow.BatchWeight;
        for (var i = 0; i < batch.Count; i++)
        {
            ref var entry = ref batch.Entries[i];
            var weight = OrderWindow.WeightOf(entry);
            Weight += sign * weight;
            if (entry.Type == RecordType.Answer) AnswerBytes += sign * weight;
        }
    }
}
