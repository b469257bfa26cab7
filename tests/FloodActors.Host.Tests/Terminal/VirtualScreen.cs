using System.Globalization;
using System.Text;

namespace FloodActors.Host.Tests.Terminal;

/// <summary>
/// As much of a terminal as the program asks for: where text, returns, line feeds and a few escape sequences leave
/// characters and the cursor.
/// </summary>
internal sealed class VirtualScreen(int columns)
{
    private readonly object _gate = new();
    private readonly List<StringBuilder> _rows = [new()];
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _raw = new();
    private readonly StringBuilder _sequence = new();
    private int _row;
    private int _column;

    public IReadOnlyList<string> Rows
    {
        get
        {
            lock (_gate) return [.. _rows.Select(row => row.ToString().TrimEnd())];
        }
    }

    public string Raw
    {
        get
        {
            lock (_gate) return _raw.ToString();
        }
    }

    public (int Row, int Column) Cursor
    {
        get
        {
            lock (_gate) return (_row, _column);
        }
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        var chars = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        lock (_gate)
        {
            var count = _decoder.GetChars(bytes, chars, flush: false);
            _raw.Append(chars, 0, count);
            foreach (var c in chars.AsSpan(0, count)) Put(c);
        }
    }

    private void Put(char c)
    {
        if (_sequence.Length > 0) Continue(c);
        else if (c == '\x1b') _sequence.Append(c);
        else if (c == '\r') _column = 0;
        else if (c == '\n') NextRow();
        else if (c >= ' ') Print(c);
    }

    private void Print(char c)
    {
        if (columns > 0 && _column == columns)
        {
            _column = 0;
            NextRow();
        }
        var row = _rows[_row];
        while (row.Length <= _column) row.Append(' ');
        row[_column++] = c;
    }

    private void NextRow()
    {
        if (++_row == _rows.Count) _rows.Add(new StringBuilder());
    }

    private void Continue(char c)
    {
        _sequence.Append(c);
        // ESC [ parameters letter, or ESC and one more.
        if (_sequence[1] == '[' && (_sequence.Length == 2 || c < '@')) return;
        Apply(c, _sequence.Length > 3 ? _sequence.ToString(2, _sequence.Length - 3) : "");
        _sequence.Clear();
    }

    private void Apply(char what, string parameters)
    {
        switch (what)
        {
            case 'K' or 'J' when parameters.Length == 0:
                var row = _rows[_row];
                if (row.Length > _column) row.Length = _column;
                if (what == 'J') _rows.RemoveRange(_row + 1, _rows.Count - _row - 1);
                break;
            case 'C':
                _column += parameters.Length == 0 ? 1 : int.Parse(parameters, CultureInfo.InvariantCulture);
                break;
        }
    }
}
