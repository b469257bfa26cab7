using System.Diagnostics;

namespace FloodActors.Host.Output;

/// <summary>
/// Standard output behind a buffer that a thread of its own empties: at once when idle, by the buffer when busy. Whoever writes while the
/// buffer is full waits, so a reader that stops costs memory nowhere.
/// </summary>
internal sealed class LineSink : IDisposable
{
    private const int Limit = 1 << 20;

    /// <summary>How long the end of the program waits for a reader to take what is left.</summary>
    private static readonly TimeSpan LastWait = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly Stream _stream;
    private readonly Thread _writer;
    private readonly TaskCompletionSource<IOException> _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _filling = new byte[64 << 10];
    private byte[] _writing = new byte[64 << 10];
    private int _filled;
    private bool _done;
    private TimeSpan? _patience;
    private long _patienceSince;

    public LineSink(Stream stream)
    {
        _stream = stream;
        _writer = new Thread(WriteAll) { IsBackground = true, Name = "stdout" };
        _writer.Start();
    }

    /// <summary>Why nothing that is written arrives any more: the reader has gone, the disk is full.</summary>
    public Task<IOException> Broken => _broken.Task;

    /// <summary>Adds a line's bytes, its line feed included.</summary>
    public void Write(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            while (_filled > 0 && _filled + line.Length > Limit && !_done)
                if (!WaitForWriter()) _done = true;
            if (_done) return;
            if (_filled + line.Length > _filling.Length) Array.Resize(ref _filling, Math.Max(_filling.Length * 2, _filled + line.Length));
            line.CopyTo(_filling.AsSpan(_filled));
            if (_filled == 0) Monitor.PulseAll(_gate);
            _filled += line.Length;
        }
    }

    /// <summary>The program is about to end: a reader that has not made room by then is not waited for, and lines are lost.</summary>
    public void GiveUpAfter(TimeSpan patience)
    {
        lock (_gate)
        {
            (_patience, _patienceSince) = (patience, Stopwatch.GetTimestamp());
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Whatever read has gone.</summary>
    public void Break(IOException why)
    {
        lock (_gate)
        {
            _done = true;
            Monitor.PulseAll(_gate);
        }
        _broken.TrySetResult(why);
    }

    /// <summary>Writes what is left. A reader that does not read is not waited for.</summary>
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
        var left = patience - Stopwatch.GetElapsedTime(_patienceSince);
        return left > TimeSpan.Zero && Monitor.Wait(_gate, left);
    }

    private void WriteAll()
    {
        try
        {
            while (TakeFilled() is { Length: > 0 } bytes)
            {
                _stream.Write(bytes.Span);
                _stream.Flush();
            }
        }
        catch (IOException e)
        {
            Break(e);
        }
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
