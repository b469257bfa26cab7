using System.Text;
using System.Threading.Channels;
using FloodActors.Host.Output;

namespace FloodActors.Host.Input;

/// <summary>
/// Appends lines and tells the outcome of each, in order. A bounded number is in flight at a time: enough to keep the
/// flood busy, and few enough that whoever feeds this node is held back when the flood, or the reader of the output, is
/// slower.
/// </summary>
internal sealed class LineAppender
{
    private const int MaxLines = 1024;
    private const long MaxBytes = 4 << 20;

    /// <summary>
    /// Lines that this node's own output may be behind, in count and, with their overhead, in bytes: well below what
    /// the flood keeps for it.
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
        // Within what the flood queues, so that it never has to refuse a line as one too many.
        _maxLines = Math.Min(MaxLines, flood.Settings.AppendQueue);
        _maxBytes = Math.Min(MaxBytes, flood.Settings.AppendQueueBytes);
        _underWay = Channel.CreateUnbounded<(string, Task<AppendResult>)>(
            new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        Told = TellAll();
    }

    /// <summary>Done when the outcome of the last line was told.</summary>
    public Task Told { get; }

    /// <summary>Appends a line; waits while too much is in flight.</summary>
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

    /// <summary>Waits until every line before this call was told of.</summary>
    public void WaitUntilTold()
    {
        lock (_gate)
            while (_lines > 0) Monitor.Wait(_gate);
    }

    /// <summary>
    /// The output was told of a message that was appended here, or of having lagged. Without this, a pipe that is read
    /// slowly would hold back the answers to lines, but not what else is told of them, and that would be passed over.
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
