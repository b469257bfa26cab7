using System.Diagnostics;

namespace FloodActors.Host.Output;

/// <summary>
/// Standard output behind a buffer that a separate thread empties: at once when idle, a buffer at a time
/// when busy. A writer waits while the buffer is full, so a reader that stops costs no memory.
/// </summary>
internal sealed class LineSink : IDisposable
{
    private const int Limit = 1 << 20;

    /// <summary>Bytes handed to the system at a time, small enough to notice whether the reader reads.</summary>
    private const int Portion = 64 << 10;

    /// <summary>How long the end of the program waits for a reader that takes nothing.</summary>
    private static readonly TimeSpan LastWait = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly Stream _stream;
    private readonly Thread _writer;
    private readonly TaskCompletionSource<IOException> _broken = new(
        TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _filling = new byte[64 << 10];
    private byte[] _writing = new byte[64 << 10];
    private int _filled;
    private bool _done;
    private TimeSpan? _patience;
    private long _patienceSince;
    private long _progressAt;

    public LineSink(Stream stream)
    {
        _stream = stream;
        _writer = new Thread(WriteAll) { IsBackground = true, Name = "stdout" };
        _writer.Start();
    }

    /// <summary>Why output no longer arrives: the reader has gone, or the disk is full.</summary>
    public Task<IOException> Broken => _broken.Task;

    /// <summary>Adds a line's bytes, its line feed included.</summary>
    public void Write(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            while (_filled > 0 && _filled + line.Length > Limit && !_done)
                if (!WaitForWriter()) _done = true;
            if (_done) return;
            if (_filled + line.Length > _filling.Length)
                Array.Resize(ref _filling, Math.Max(_filling.Length * 2, _filled + line.Length));
            line.CopyTo(_filling.AsSpan(_filled));
            if (_filled == 0) Monitor.PulseAll(_gate);
            _filled += line.Length;
        }
    }

    /// <summary>
    /// The program is about to end: it does not wait for a reader that has not made room by then, or that
    /// takes nothing for a second, and lines are lost.
    /// </summary>
    public void GiveUpAfter(TimeSpan patience)
    {
        lock (_gate)
        {
            (_patience, _patienceSince) = (patience, Stopwatch.GetTimestamp());
            _progressAt = _patienceSince;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The reader has gone.</summary>
    public void Break(IOException why)
    {
        lock (_gate)
        {
            _done = true;
            Monitor.PulseAll(_gate);
        }
        _broken.TrySetResult(why);
    }

    /// <summary>Writes what is left, without waiting for a reader that does not read.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _done = true;
            Monitor.PulseAll(_gate);
        }
        _writer.Join(LastWait);
    }

    private bool WaitForWriter()
    {
        if (_patience is not { } patience) return Monitor.Wait(_gate);
        while (true)
        {
            var left = patience - Stopwatch.GetElapsedTime(_patienceSince);
            var idle = LastWait - Stopwatch.GetElapsedTime(Interlocked.Read(ref _progressAt));
            if (left <= TimeSpan.Zero || idle <= TimeSpan.Zero) return false;
            if (Monitor.Wait(_gate, left < idle ? left : idle)) return true;
        }
    }

    private void WriteAll()
    {
        try
        {
            for (var bytes = TakeFilled(); bytes.Length > 0; bytes = TakeFilled())
            {
                while (bytes.Length > 0)
                {
                    var length = LinesWithin(bytes.Span);
                    _stream.Write(bytes.Span[..length]);
                    bytes = bytes[length..];
                    Interlocked.Exchange(ref _progressAt, Stopwatch.GetTimestamp());
                }
                _stream.Flush();
            }
        }
        catch (IOException e)
        {
            Break(e);
        }
    }

    /// <summary>
    /// The length of the whole lines in about one portion: the target may print something of its own between portions.
    /// </summary>
    private static int LinesWithin(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= Portion) return bytes.Length;
        var last = bytes[..Portion].LastIndexOf((byte)'\n');
        if (last < 0) last = bytes.IndexOf((byte)'\n');
        return last < 0 ? bytes.Length : last + 1;
    }

    private ReadOnlyMemory<byte> TakeFilled()
    {
        lock (_gate)
        {
            while (_filled == 0 && !_done) Monitor.Wait(_gate);
            // A line of megabytes must not leave its buffer behind for ever.
            if (_writing.Length > Limit) _writing = new byte[64 << 10];
            (_filling, _writing) = (_writing, _filling);
            var taken = _writing.AsMemory(0, _filled);
            _filled = 0;
            Monitor.PulseAll(_gate);
            return taken;
        }
    }
}
