using System.Globalization;
using System.Text;

namespace FloodActors.Benchmarks.Common;

/// <summary>A table for people, in Markdown, so that it can be pasted into the docs as it was printed.</summary>
internal sealed class Table(params string[] headers)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Numbers by magnitude: three or four digits that mean something, and thousands apart.</summary>
    public static string Number(double value) => double.IsNaN(value)
        ? "-"
        : Math.Abs(value) switch
        {
            >= 1000 => value.ToString("N0", CultureInfo.InvariantCulture),
            >= 100 => value.ToString("F0", CultureInfo.InvariantCulture),
            >= 10 => value.ToString("F1", CultureInfo.InvariantCulture),
            _ => value.ToString("F2", CultureInfo.InvariantCulture),
        };

    public override string ToString()
    {
        var widths = headers.Select(
            (header, i) => _rows.Select(row => row[i].Length).Append(header.Length).Append(3).Max()).ToArray();
        var text = new StringBuilder();
        Line(text, headers, widths);
        text.Append('|');
        for (var i = 0; i < widths.Length; i++)
            text.Append(i == 0 ? new string('-', widths[i] + 2) : new string('-', widths[i] + 1) + ":").Append('|');
        text.AppendLine();
        foreach (var row in _rows) Line(text, row, widths);
        return text.ToString();
    }

    private static void Line(StringBuilder text, string[] cells, int[] widths)
    {
        text.Append('|');
        for (var i = 0; i < cells.Length; i++)
            text.Append(' ').Append(i == 0 ? cells[i].PadRight(widths[i]) : cells[i].PadLeft(widths[i])).Append(" |");
        text.AppendLine();
    }
}
