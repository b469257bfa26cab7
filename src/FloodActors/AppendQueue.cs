namespace FloodActors;

/// <summary>One append on its way to the flood's actor, already encoded.</summary>
internal readonly record struct AppendRequest(PayloadKind Kind, ReadOnlyMemory<byte> Body, MessageId ContentId, TaskCompletionSource<AppendResult>? Answer)
{
    /// <summary>What is to travel beside the payload; null for nothing.</summary>
    public byte[]? Header { get; init; }
}

/// <summary>
/// Appends on their way to the flood's actor. It saves a mailbox entry for each, hands them over by the batch, and is bounded: a full queue
/// refuses appends that do not wait for their answer; those that do may fill it once more, and then are refused too.
/// </summary>
internal sealed class AppendQueue(int maxCount, long maxBytes)
{
    internal static readonly FloodRejection Left = new(RejectReason.Leaving, "This node has left the flood, or is leaving it, and takes no more messages.");

    private readonly object _gate = new();
    private List<AppendRequest> _queue = [];
    private long _bytes;
    private bool _closed;
    private bool _poked;

    /// <summary>Takes a request. <paramref name="poke"/>: the actor is to be told, because it has not been since it last emptied the queue.</summary>
    /// <returns>Null when taken, else why not.</returns>
    public FloodRejection? TryAdd(in AppendRequest request, out bool poke)
    {
        var factor = request.Answer is null ? 1 : 2;
        lock (_gate)
        {
            poke = false;
            if (_closed) return Left;
            if (_queue.Count >= (long)maxCount * factor || (_queue.Count > 0 && _bytes + request.Body.Length > maxBytes * factor))
            {
                return new FloodRejection(
                    RejectReason.Busy,
                    $"{_queue.Count} appends ({_bytes} bytes) are waiting already: await each AppendAsync before the next, or raise flood.append-queue or flood.append-queue-bytes.");
            }
            _queue.Add(request);
            _bytes += request.Body.Length;
            poke = !_poked;
            _poked = true;
            return null;
        }
    }

    /// <summary>Takes everything out; <paramref name="empty"/> is used to collect the next.</summary>
    public List<AppendRequest> TakeAll(List<AppendRequest> empty)
    {
        lock (_gate)
        {
            var all = _queue;
            _queue = empty;
            _bytes = 0;
            _poked = false;
            return all;
        }
    }

    /// <summary>Takes appends (again).</summary>
    public void Open()
    {
        lock (_gate) _closed = false;
    }

    /// <summary>Refuses everything from now on.</summary>
    public void Close()
    {
        lock (_gate) _closed = true;
    }

    /// <summary>Refuses everything from now on, and what is waiting.</summary>
    public void CloseAndReject()
    {
        Close();
        foreach (var request in TakeAll([])) request.Answer?.TrySetResult(new Rejected(Left));
    }
}
