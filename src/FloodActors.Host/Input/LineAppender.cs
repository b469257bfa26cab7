using System.Text;
using System.Threading.Channels;
using FloodActors.Host.Output;

namespace FloodActors.Host.Input;

/// <summary>
/// Appends lines and reports the outcome of each, in order. The number of pending appends is bounded: there are enough
/// to keep the flood busy, and few enough that the writer of the input is held back when the flood, or the reader of
/// the output, is slower.
/// </summary>
internal sealed class LineAppender
{
    private const int MaxLines = 1024;
    private const long MaxBytes = 4 << 20;

    /// <summary>
    /// How far this node's own output may lag, in lines and, with their overhead, in bytes: well below
    /// what the flood keeps for it.
    /// </summary>
    private const int MaxUnseen = 8192;
    private const long MaxUnseenBytes = 8 << 20;

    private readonly Flood _flood;
    private readonly INodeOutput _output;
    private readonly Channel<(string Text, Task<AppendResult> Answer)> _underWay;
    private readonly object _gate = new();
    private readonly int _maxLines;
    private readonly long _maxBytes;
    private long _bytes;
    private int _lines;
    private long _unseen;
    private long _unseenBytes;

    public LineAppender(Flood flood, INodeOutput output)
    {
        _flood = flood;
        _output = output;
        // No more than the flood queues, so that it never has to refuse a line as busy.
        _maxLines = Math.Min(MaxLines, flood.Settings.AppendQueue);
        _maxBytes = Math.Min(MaxBytes, flood.Settings.AppendQueueBytes);
        _underWay = Channel.CreateUnbounded<(string, Task<AppendResult>)>(
            new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        Told = TellAll();
    }

    /// <summary>Completes when the outcome of the last line has been reported.</summary>
    public Task Told { get; }

    /// <summary>Appends a line; waits while too many appends are pending.</summary>
    public void Append(string text)
    {
        lock (_gate)
        {
            while (_lines > 0 && (_lines >= _maxLines || _bytes + text.Length > _maxBytes)) Monitor.Wait(_gate);
            while (_unseen >= MaxUnseen || _unseenBytes >= MaxUnseenBytes) Monitor.Wait(_gate);
            _lines++;
            _bytes += text.Length;
        }
        _underWay.Writer.TryWrite((text, _flood.AppendAsync(text)));
    }

    /// <summary>Waits until the outcome of every line before this call has been reported.</summary>
    public void WaitUntilTold()
    {
        lock (_gate)
            while (_lines > 0) Monitor.Wait(_gate);
    }

    /// <summary>
    /// The output was told of a message that was appended here, or that it has lagged. Without this, a slowly
    /// read pipe would hold back the answers to lines, but not the events about them, which would be passed over.
    /// </summary>
    public void Saw(FloodEvent happened)
    {
        if (happened is not (MessageAppended or SubscriberLagged)) return;
        lock (_gate)
        {
            if (happened is MessageAppended { Message: var message }) Count(message.Body.Length, -1);
            else (_unseen, _unseenBytes) = (0, 0);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>There are no more lines.</summary>
    public void Complete() => _underWay.Writer.TryComplete();

    private async Task TellAll()
    {
        await foreach (var (text, answer) in _underWay.Reader.ReadAllAsync())
        {
            switch (await answer)
            {
                case Appended appended:
                    if (appended.IsNew)
                        lock (_gate) Count(Encoding.UTF8.GetByteCount(text), 1);
                    _output.Appended(text, appended.IsNew);
                    break;
                case Rejected rejected:
                    _output.Rejected(rejected.Rejection.Message);
                    break;
            }
            lock (_gate)
            {
                _lines--;
                _bytes -= text.Length;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void Count(int bytes, int sign)
    {
        _unseen += sign;
        _unseenBytes += sign * (bytes + FloodMessage.Overhead);
    }
}
