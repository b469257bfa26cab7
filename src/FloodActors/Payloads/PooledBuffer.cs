using System.Buffers;

namespace FloodActors.Payloads;

/// <summary>Bytes that grow in rented memory. A mutable struct: keep it in a field, and dispose it once.</summary>
internal struct PooledBuffer(int capacity) : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, 16));

    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Add(byte value)
    {
        if (Length == _bytes.Length)
            Grow(1);
        _bytes[Length++] = value;
    }

    public void Add(ReadOnlySpan<byte> values)
    {
        if (values.Length > _bytes.Length - Length)
            Grow(values.Length);
        values.CopyTo(_bytes.AsSpan(Length));
        Length += values.Length;
    }

    public void Truncate(int length) => Length = length;

    public readonly void Dispose()
    {
        if (_bytes is not null)
            ArrayPool<byte>.Shared.Return(_bytes);
    }

    private void Grow(int more)
    {
        var larger = ArrayPool<byte>.Shared.Rent(
            Math.Max(checked(Length + more), (int)Math.Min(2L * Length, Array.MaxLength)));
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
