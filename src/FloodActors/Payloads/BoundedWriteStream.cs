using System.Runtime.CompilerServices;

namespace FloodActors.Payloads;

/// <summary>
/// Takes what a serializer writes, keeps at most <paramref name="limit"/> bytes of it and counts the rest. Each
/// write checks that there is stack left: an object that refers to itself then causes an exception instead of ending
/// the process.
/// </summary>
internal sealed class BoundedWriteStream(int limit) : Stream
{
    /// <summary>How many bytes are counted beyond the limit. A serializer that writes more may never end.</summary>
    internal const long MostBeyond = 64 << 20;

    private PooledBuffer _kept = new(256);

    /// <summary>Bytes written, kept or not.</summary>
    public long Count { get; private set; }

    /// <summary>The bytes, all of them while <see cref="Count"/> is within the limit.</summary>
    public ReadOnlySpan<byte> Written => _kept.Written;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => Count;

    public override long Position
    {
        get => Count;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        // When the compiler turns a recursion into a loop, the stack does not grow.
        if (Count > limit + MostBeyond)
            throw new EndlessPayloadException();
        Count += buffer.Length;
        if (Count <= limit)
            _kept.Add(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void WriteByte(byte value) => Write([value]);

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _kept.Dispose();
        _kept = default;
        base.Dispose(disposing);
    }
}

/// <summary>A serializer wrote far more than can be sent.</summary>
internal sealed class EndlessPayloadException() : Exception("The payload does not end.");
