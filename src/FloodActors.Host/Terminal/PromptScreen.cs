using System.Globalization;
using System.Text;
using FloodActors.Host.Output;

namespace FloodActors.Host.Terminal;

/// <summary>
/// A terminal whose last row is the line that is being typed. Everything else is printed above it: the row is
/// erased, the output is written, and the row is drawn again, in one write.
/// </summary>
internal sealed class PromptScreen(Stream terminal, Func<int> width, LineEditor editor)
{
    private const string Prompt = "> ";
    private const string ClearRow = "\r\x1b[J";

    private readonly object _gate = new();
    private readonly MemoryStream _frame = new();
    private bool _isShown;

    /// <summary>Draws the prompt.</summary>
    public void Start()
    {
        lock (_gate)
        {
            _isShown = true;
            Add(Row());
            Send();
        }
    }

    /// <summary>Removes the prompt permanently.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            if (!_isShown) return;
            _isShown = false;
            Add(ClearRow);
            Send();
        }
    }

    /// <summary>Prints whole lines.</summary>
    public void Above(ReadOnlySpan<byte> lines)
    {
        lock (_gate)
        {
            if (_isShown) Add(ClearRow);
            _frame.Write(lines);
            if (_isShown) Add(Row());
            Send();
        }
    }

    /// <summary>Lets something else print whole lines to the same terminal.</summary>
    public void Above(Action print)
    {
        lock (_gate)
        {
            if (_isShown)
            {
                Add(ClearRow);
                Send();
            }
            print();
            if (!_isShown) return;
            Add(Row());
            Send();
        }
    }

    /// <summary>Applies a key. A line that is finished stays on the screen, above the prompt.</summary>
    /// <param name="key">What was pressed.</param>
    /// <param name="draw">Whether to redraw; not worthwhile while more keys are waiting.</param>
    /// <param name="entered">The finished line.</param>
    public Edit Press(ConsoleKeyInfo key, bool draw, out string entered)
    {
        lock (_gate)
        {
            var edit = editor.Press(key, out entered);
            if (edit == Edit.None || (edit == Edit.Changed && !draw)) return edit;
            Add(edit == Edit.ClearScreen ? "\x1b[H\x1b[2J" : ClearRow);
            if (edit == Edit.Entered && !string.IsNullOrWhiteSpace(entered))
                Add($"{Prompt}{Output.Printable.Of(entered)}\n");
            Add(Row());
            Send();
            return edit;
        }
    }

    /// <summary>A stream that prints above the prompt. Only whole lines may be written to it.</summary>
    public Stream AsStream() => new LinesAbove(this);

    private string Row()
    {
        // The last column stays free: terminals differ in where the cursor is after it.
        var (shown, caret) = editor.View(width() - Prompt.Length - 1);
        return string.Create(CultureInfo.InvariantCulture, $"{Prompt}{shown}\r\x1b[{Prompt.Length + caret}C");
    }

    private void Add(string text) => _frame.Write(Encoding.UTF8.GetBytes(text));

    private void Send()
    {
        try
        {
            terminal.Write(_frame.GetBuffer().AsSpan(0, (int)_frame.Length));
            terminal.Flush();
        }
        finally
        {
            _frame.SetLength(0);
            if (_frame.Capacity > 1 << 20) _frame.Capacity = 0;
        }
    }

    private sealed class LinesAbove(PromptScreen screen) : WriteOnlyStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => screen.Above(buffer);
    }
}
