using FloodActors.Wire;

namespace FloodActors.Links;

/// <summary>The batches of one link that the flood has taken, kept for reuse.</summary>
internal sealed class SpareBatches(Func<ReceivedBatch> create)
{
    /// <summary>The number of full frames in the usual window.</summary>
    private const int Most = 9;

    /// <summary>
    /// Larger batches, from frames full of tiny records, are not kept: a peer could make each of them large at no cost.
    /// </summary>
    private const int MostEntries = 2048;

    private readonly Stack<ReceivedBatch> _batches = new();
    private bool _quiet;

    public int Count => _batches.Count;

    /// <summary>An empty batch.</summary>
    public ReceivedBatch Take()
    {
        _quiet = false;
        return _batches.Count > 0 ? _batches.Pop() : create();
    }

    public void Return(ReceivedBatch batch)
    {
        batch.Clear();
        if (_batches.Count < Most && batch.Entries.Length <= MostEntries) _batches.Push(batch);
    }

    /// <summary>Time passes: if none was taken since the last time, nothing is kept.</summary>
    public void Tick()
    {
        if (_quiet) _batches.Clear();
        _quiet = true;
    }
}
