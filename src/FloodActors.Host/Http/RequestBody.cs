using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace FloodActors.Host.Http;

/// <summary>A request's body, read within the budget that all bodies share.</summary>
internal sealed class RequestBody(BodyBudget budget, PipeReader reader) : IDisposable
{
    private Segment? _first;
    private Segment? _last;
    private int _lastLength;

    /// <summary>Its place among the unfinished bodies; used by the budget.</summary>
    internal LinkedListNode<RequestBody>? Place { get; set; }

    /// <inheritdoc cref="Place"/>
    internal bool IsEvicted { get; set; }

    /// <summary>The whole body, once it has been read.</summary>
    public ReadOnlySequence<byte> Bytes =>
        _first is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(_first, 0, _last!, _lastLength);

    /// <summary>Reads to the end; false when the memory was needed for others.</summary>
    /// <exception cref="BadHttpRequestException">It is too large, or not a valid HTTP body.</exception>
    /// <exception cref="OperationCanceledException">It took too long, or the client has gone.</exception>
    public async Task<bool> ReadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellation);
            var isTaken = !read.IsCanceled && budget.TryAppend(this, read.Buffer);
            reader.AdvanceTo(read.Buffer.End);
            if (!isTaken) return false;
            if (!read.IsCompleted) continue;
            budget.Keep(this);
            return !IsEvicted;
        }
    }

    public void Dispose() => budget.Release(this);

    /// <summary>How many more segments it needs for this number of bytes.</summary>
    internal int SegmentsFor(long bytes)
    {
        var room = _last is null ? 0 : BodyBudget.SegmentSize - _lastLength;
        return bytes <= room ? 0 : (int)((bytes - room + BodyBudget.SegmentSize - 1) / BodyBudget.SegmentSize);
    }

    /// <summary>Called with the budget's lock held.</summary>
    internal void Append(ReadOnlySequence<byte> bytes, Func<byte[]> take)
    {
        while (bytes.Length > 0)
        {
            if (_last is null || _lastLength == BodyBudget.SegmentSize)
            {
                _last = new Segment(_last, take());
                _first ??= _last;
                _lastLength = 0;
            }
            var count = (int)Math.Min(bytes.Length, BodyBudget.SegmentSize - _lastLength);
            bytes.Slice(0, count).CopyTo(_last.Array.AsSpan(_lastLength));
            _lastLength += count;
            bytes = bytes.Slice(count);
        }
    }

    /// <summary>Gives up the memory, and returns it. Called with the budget's lock held.</summary>
    internal List<byte[]> Clear()
    {
        var held = new List<byte[]>();
        for (var segment = _first; segment is not null; segment = (Segment?)segment.Next) held.Add(segment.Array);
        (_first, _last, _lastLength) = (null, null, 0);
        return held;
    }

    /// <summary>Ends the reading.</summary>
    internal void Evict() => reader.CancelPendingRead();

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(Segment? before, byte[] array)
        {
            Memory = Array = array;
            if (before is null) return;
            RunningIndex = before.RunningIndex + BodyBudget.SegmentSize;
            before.Next = this;
        }

        public byte[] Array { get; }
    }
}
