using FloodActors.Host.Terminal;
using Spectre.Console;

namespace FloodActors.Host.Output;

/// <summary>A column of a table for people.</summary>
/// <param name="Title">What is in it.</param>
/// <param name="LeaveOut">Columns with the highest number are left out first when there is no room; 0 stays.</param>
/// <param name="Shrinks">Whether its texts may be cut.</param>
/// <param name="IsNumber">Whether it is aligned to the right.</param>
/// <param name="Keeps">Other columns are left out before it is cut below this.</param>
internal sealed record Column(
    string Title, int LeaveOut = 0, bool Shrinks = false, bool IsNumber = false, int Keeps = 12);

/// <summary>A cell, and the full size if it shows only the beginning of its content.</summary>
internal readonly record struct Cell(string Text, long? Bytes = null)
{
    public static implicit operator Cell(string text) => new(text);
}

/// <summary>A table that fits: first it loses the columns that matter least, then long texts are cut.</summary>
internal sealed class FittedTable
{
    /// <summary>Two blanks and a line for each column, and one more line.</summary>
    private const int Frame = 3;

    /// <summary>Columns are not cut below this.</summary>
    private const int Least = 6;

    private readonly List<Column> _columns;
    private readonly List<int> _indexes;
    private readonly List<int> _widths;
    private readonly IReadOnlyList<Cell[]> _rows;

    public FittedTable(IReadOnlyList<Column> columns, IReadOnlyList<Cell[]> rows, int width)
    {
        _columns = [.. columns];
        _indexes = [.. Enumerable.Range(0, columns.Count)];
        _rows = [.. rows.Select(row => row.Select(cell => cell with { Text = Printable.Cell(cell.Text) }).ToArray())];
        _widths = [.. _columns.Select((column, i) => _rows.Max(row => (int?)Wanted(row[i].Text, width)) ?? 0)];
        for (var i = 0; i < _widths.Count; i++) _widths[i] = Math.Max(_widths[i], _columns[i].Title.Length);
        LeaveOut(width);
        Shrink(width);
    }

    public bool IsEmpty => _rows.Count == 0;

    /// <summary>The titles of the columns that found no room.</summary>
    public List<string> LeftOut { get; } = [];

    public Table ToTable(TableBorder border)
    {
        var table = new Table { Border = border };
        foreach (var column in _columns)
            table.AddColumn(
                new TableColumn(column.Title)
                {
                    NoWrap = true,
                    Alignment = column.IsNumber ? Justify.Right : Justify.Left,
                });
        foreach (var row in _rows)
            table.AddRow(
                _indexes.Select((from, i) => new Text(People.Cut(row[from].Text, _widths[i], row[from].Bytes))));
        return table;
    }

    /// <summary>The width of a text in columns; it need not be counted beyond the width of the terminal.</summary>
    private static int Wanted(string text, int width) => text.Length > 2 * width ? width : TerminalTraits.Cells(text);

    private int Total => _widths.Sum(width => width + Frame) + 1;

    private void LeaveOut(int width)
    {
        // A column that shrinks counts with its minimum width.
        while (Total - _columns.Select((column, i) => CanLose(column, _widths[i])).Sum() > width)
        {
            var most = _columns.Max(column => column.LeaveOut);
            if (most == 0) return;
            var i = _columns.FindIndex(column => column.LeaveOut == most);
            LeftOut.Insert(0, _columns[i].Title);
            _columns.RemoveAt(i);
            _indexes.RemoveAt(i);
            _widths.RemoveAt(i);
        }
    }

    private static int CanLose(Column column, int width) => column.Shrinks ? Math.Max(0, width - column.Keeps) : 0;

    private void Shrink(int width)
    {
        while (Total > width)
        {
            var widest = -1;
            for (var i = 0; i < _columns.Count; i++)
                if (_columns[i].Shrinks && _widths[i] > Least && (widest < 0 || _widths[i] > _widths[widest]))
                    widest = i;
            if (widest < 0) return;
            _widths[widest]--;
        }
    }
}
