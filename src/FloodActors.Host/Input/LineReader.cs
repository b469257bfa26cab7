namespace FloodActors.Host.Input;

/// <summary>One line of input.</summary>
/// <param name="Bytes">
/// Without its line ending. Valid until the next is read; empty when <paramref name="Size"/> is above the limit.
/// </param>
/// <param name="Size">How long it was, in bytes.</param>
internal readonly record struct InputLine(ReadOnlyMemory<byte> Bytes, long Size);

/// <summary>Splits a stream into lines, and holds no more than a line of the allowed size in memory.</summary>
internal sealed class LineReader(Stream stream, int limit)
{
    private byte[] _buffer = new byte[64 << 10];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>The next line, or null at the end of the input.</summary>
    public InputLine? Read()
    {
        long passedOver = 0;
        var searched = _start;
        while (true)
        {
            var feed = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
            if (feed >= 0) return Take(searched + feed, 1, passedOver);
            if (_ended) return _end > _start || passedOver > 0 ? Take(_end, 0, passedOver) : null;
            if (_end - _start > limit + 1L)
            {
                passedOver += _end - _start;
                _start = _end;
            }
            var came = Fill();
            searched = _end - came;
        }
    }

    private InputLine Take(int end, int feed, long passedOver)
    {
        var line = _buffer.AsMemory(_start, end - _start);
        _start = end + feed;
        // The carriage return of a Windows line ending is not part of the line.
        if (line.Length > 0 && line.Span[^1] == '\r') line = line[..^1];
        var size = passedOver + line.Length;
        return new InputLine(size > limit ? default : line, size);
    }

    /// <summary>Reads more bytes, after those that are there. Returns how many came.</summary>
    private int Fill()
    {
        if (_start == _end) Shrink();
        else if (_end == _buffer.Length) MakeRoom();
        var count = stream.Read(_buffer, _end, _buffer.Length - _end);
        _ended = count == 0;
        _end += count;
        return count;
    }

    private void Shrink()
    {
        (_start, _end) = (0, 0);
        // A line of megabytes must not keep its large buffer for ever.
        if (_buffer.Length > 1 << 20) _buffer = new byte[64 << 10];
    }

    private void MakeRoom()
    {
        var rest = _end - _start;
        var target = rest > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
        Buffer.BlockCopy(_buffer, _start, target, 0, rest);
        (_buffer, _start, _end) = (target, 0, rest);
    }
}
