namespace FloodActors.Links;

/// <summary>
/// Memory for messages that are larger than a frame and have not arrived whole, shared by all links of a node. A link
/// reserves room for the whole message when the message begins, so that it can finish: links never wait for
/// each other. Thread-safe.
/// </summary>
internal sealed class ReassemblyBudget(long limit)
{
    private long _reserved;
    private long _refusals;

    /// <summary>Bytes reserved now.</summary>
    public long Reserved => Interlocked.Read(ref _reserved);

    /// <summary>
    /// How often there was no room. It only rises, so that a link can see whether others wait while it holds room.
    /// </summary>
    public long Refusals => Interlocked.Read(ref _refusals);

    public bool TryReserve(int bytes)
    {
        if (Interlocked.Add(ref _reserved, bytes) <= limit) return true;
        Interlocked.Add(ref _reserved, -bytes);
        Interlocked.Increment(ref _refusals);
        return false;
    }

    public void Release(int bytes) => Interlocked.Add(ref _reserved, -bytes);
}
