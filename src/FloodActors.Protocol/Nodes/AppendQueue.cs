namespace FloodActors.Core;

/// <summary>One append in the queue to the node, already encoded.</summary>
internal readonly record struct AppendRequest(
    PayloadKind Kind, ReadOnlyMemory<byte> Body, MessageId ContentId, IAnswer<AppendResult>? Answer)
{
    /// <summary>The header to send beside the payload; null for none.</summary>
    public byte[]? Header { get; init; }

    public bool HasKey => Header is not null && !Wire.MessageHeader.KeyOf(Header).IsEmpty;
}

/// <summary>
/// Appends that wait for the node. The queue passes them on in batches, saves a mailbox entry for each, and is bounded:
/// a full queue refuses appends whose caller does not wait for the answer; appends whose caller waits may fill it once
/// more, and then are refused, too. Appends that the node has looked at and cannot take yet stay in the queue, and
/// count. Adding is thread-safe; everything else belongs to the node.
/// </summary>
internal sealed class AppendQueue(int maxCount, long maxBytes)
{
    internal static readonly FloodRejection Left =
        new(RejectReason.Leaving, "This node has left the flood, or is leaving it, and takes no more messages.");

    private readonly object _gate = new();
    private List<AppendRequest> _added = [];
    private List<AppendRequest> _current = [];
    private int _next; // of _current
    private int _done;
    private long _doneBytes;
    private int _count;
    private long _bytes;
    private FloodRejection? _closed;
    private bool _poked;

    /// <summary>Appends that wait.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>
    /// Takes a request. <paramref name="poke"/>: the node is to be told, because it has not been told since it last
    /// looked.
    /// </summary>
    /// <returns>Null when taken, else why not.</returns>
    public FloodRejection? TryAdd(in AppendRequest request, out bool poke)
    {
        var factor = request.Answer is null ? 1 : 2;
        lock (_gate)
        {
            poke = false;
            if (_closed is not null) return _closed;
            if (_count >= (long)maxCount * factor || (_count > 0 && _bytes + request.Body.Length > maxBytes * factor))
            {
                return new FloodRejection(
                    RejectReason.Busy,
                    $"{_count} appends ({_bytes} bytes) are waiting already: await each AppendAsync before the next, "
                    + "or raise flood.append-queue or flood.append-queue-bytes.");
            }
            _added.Add(request);
            _count++;
            _bytes += request.Body.Length;
            poke = !_poked;
            _poked = true;
            return null;
        }
    }

    /// <summary>
    /// Makes added requests available, when everything before them has been handled. Returns whether there are any.
    /// After this, the next one that is added pokes the node again.
    /// </summary>
    public bool Load()
    {
        lock (_gate)
        {
            TakeOff();
            _poked = false;
            if (_next < _current.Count) return true;
            _current.Clear();
            _next = 0;
            (_current, _added) = (_added, _current);
            return _current.Count > 0;
        }
    }

    /// <summary>The request <paramref name="ahead"/> places after the next one, if it is available.</summary>
    public bool TryPeek(int ahead, out AppendRequest request)
    {
        var index = _next + ahead;
        request = index < _current.Count ? _current[index] : default;
        return index < _current.Count;
    }

    /// <summary>
    /// The next request has been handled. It counts until <see cref="Release"/> or <see cref="Load"/>.
    /// </summary>
    public void Advance()
    {
        _done++;
        _doneBytes += _current[_next].Body.Length;
        _current[_next++] = default;
    }

    /// <summary>Frees the room of the requests that have been handled.</summary>
    public void Release()
    {
        if (_done == 0) return;
        lock (_gate) TakeOff();
    }

    /// <summary>Refuses everything from now on.</summary>
    public void Close(FloodRejection why)
    {
        lock (_gate) _closed ??= why;
    }

    /// <summary>Refuses everything that waits, and everything from now on.</summary>
    /// <returns>How many of the waiting appends had no caller that waits for the answer: they are to be
    /// counted.</returns>
    public int CloseAndReject(FloodRejection why)
    {
        var unheard = 0;
        Close(why);
        while (Load())
        {
            while (TryPeek(0, out var request))
            {
                Advance();
                if (request.Answer is null) unheard++;
                request.Answer?.Answer(new Rejected(why));
            }
        }
        return unheard;
    }

    private void TakeOff()
    {
        _count -= _done;
        _bytes -= _doneBytes;
        (_done, _doneBytes) = (0, 0);
    }
}
