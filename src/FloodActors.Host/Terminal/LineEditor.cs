using System.Globalization;

namespace FloodActors.Host.Terminal;

/// <summary>What a key did.</summary>
internal enum Edit
{
    None,
    Changed,

    /// <summary>The line is finished.</summary>
    Entered,

    /// <summary>Ctrl-D on an empty line.</summary>
    EndOfInput,
    ClearScreen,
}

/// <summary>
/// The line that is being typed: keys in, text and caret out. The keys are those of shells. The caret moves by
/// user-perceived characters, so that it is never within an emoji or between a letter and its accent.
/// </summary>
/// <param name="completions">The possible completions of the whole line.</param>
internal sealed class LineEditor(IReadOnlyList<string> completions)
{
    private const int HistoryLimit = 1000;

    private readonly LineHistory _history = new(HistoryLimit);
    private int _caret;

    public string Text { get; private set; } = "";

    /// <summary>Applies a key.</summary>
    /// <param name="key">What was pressed.</param>
    /// <param name="entered">The finished line.</param>
    public Edit Press(ConsoleKeyInfo key, out string entered)
    {
        entered = "";
        if (key.Key == ConsoleKey.Enter || key.KeyChar is '\r' or '\n')
        {
            entered = Text;
            _history.Add(entered);
            Set("");
            return Edit.Entered;
        }
        var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        var byWord = control || key.Modifiers.HasFlag(ConsoleModifiers.Alt);
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow:
                return MoveTo(byWord ? WordBefore() : Before());
            case ConsoleKey.RightArrow:
                return MoveTo(byWord ? WordAfter() : After());
            case ConsoleKey.Home:
                return MoveTo(0);
            case ConsoleKey.End:
                return MoveTo(Text.Length);
            case ConsoleKey.Backspace:
                return Remove(byWord ? WordBefore() : Before(), _caret);
            case ConsoleKey.Delete:
                return Remove(_caret, After());
            case ConsoleKey.UpArrow:
                return Recall(_history.Older(Text));
            case ConsoleKey.DownArrow:
                return Recall(_history.Newer());
            case ConsoleKey.Tab when Text.StartsWith('/'):
                return Complete();
        }
        return control && key.Key is >= ConsoleKey.A and <= ConsoleKey.Z ? PressControl(key.Key) : Insert(key);
    }

    /// <summary>The part of the line that fits, and the column of the caret in it.</summary>
    public (string Shown, int Caret) View(int columns)
    {
        var parts = StringInfo.ParseCombiningCharacters(Text);
        var end = Array.BinarySearch(parts, _caret);
        if (end < 0) end = ~end;
        var start = end;
        var left = 0;
        while (start > 0 && left + Cells(parts, start - 1) <= columns) left += Cells(parts, --start);
        var shown = left;
        while (end < parts.Length && shown + Cells(parts, end) <= columns) shown += Cells(parts, end++);
        var from = start < parts.Length ? parts[start] : Text.Length;
        var to = end < parts.Length ? parts[end] : Text.Length;
        return (Output.Printable.Cell(Text[from..to]), left);
    }

    private Edit PressControl(ConsoleKey key) => key switch
    {
        ConsoleKey.A => MoveTo(0),
        ConsoleKey.B => MoveTo(Before()),
        ConsoleKey.F => MoveTo(After()),
        ConsoleKey.E => MoveTo(Text.Length),
        ConsoleKey.D when Text.Length == 0 => Edit.EndOfInput,
        ConsoleKey.D => Remove(_caret, After()),
        ConsoleKey.H => Remove(Before(), _caret),
        ConsoleKey.K => Remove(_caret, Text.Length),
        ConsoleKey.U => Remove(0, _caret),
        ConsoleKey.W => Remove(WordBefore(), _caret),
        ConsoleKey.P => Recall(_history.Older(Text)),
        ConsoleKey.N => Recall(_history.Newer()),
        ConsoleKey.L => Edit.ClearScreen,
        _ => Edit.None,
    };

    private Edit Insert(ConsoleKeyInfo key)
    {
        if (key.KeyChar == '\0' || (char.IsControl(key.KeyChar) && key.KeyChar != '\t')) return Edit.None;
        Text = Text.Insert(_caret, key.KeyChar.ToString());
        _caret++;
        return Edit.Changed;
    }

    private Edit MoveTo(int index)
    {
        _caret = index;
        return Edit.Changed;
    }

    private Edit Remove(int from, int to)
    {
        Text = Text.Remove(from, to - from);
        _caret = from;
        return Edit.Changed;
    }

    private Edit Recall(string? line)
    {
        if (line is not null) Set(line);
        return Edit.Changed;
    }

    private Edit Complete()
    {
        var all = completions.Where(c => c.StartsWith(Text, StringComparison.Ordinal)).ToList();
        if (all.Count == 1) Set(all[0]);
        return Edit.Changed;
    }

    private void Set(string text) => (Text, _caret) = (text, text.Length);

    private int Before() =>
        StringInfo.ParseCombiningCharacters(Text[.._caret]) is { Length: > 0 } parts ? parts[^1] : 0;

    private int After() => _caret == Text.Length ? _caret : _caret + StringInfo.GetNextTextElementLength(Text, _caret);

    private int WordBefore()
    {
        var at = _caret;
        while (at > 0 && char.IsWhiteSpace(Text[at - 1])) at--;
        while (at > 0 && !char.IsWhiteSpace(Text[at - 1])) at--;
        return at;
    }

    private int WordAfter()
    {
        var at = _caret;
        while (at < Text.Length && char.IsWhiteSpace(Text[at])) at++;
        while (at < Text.Length && !char.IsWhiteSpace(Text[at])) at++;
        return at;
    }

    private int Cells(int[] parts, int index)
    {
        var end = index + 1 < parts.Length ? parts[index + 1] : Text.Length;
        return TerminalTraits.Cells(Output.Printable.Cell(Text[parts[index]..end]));
    }
}
