using System.Globalization;
using FloodActors.Host.Terminal;

namespace FloodActors.Host.Output;

/// <summary>Times, sizes and long texts in a form for people. Scripts read JSON.</summary>
internal static class People
{
    private const string Ellipsis = "…";

    /// <summary>The local time, with the date if it is not today.</summary>
    public static string Time(DateTimeOffset time, DateTimeOffset now)
    {
        var local = time.ToOffset(now.Offset);
        return local.ToString(
            local.Date == now.Date ? "HH:mm:ss" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
    }

    public static string Size(long bytes) => bytes switch
    {
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 999_950 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
    };

    /// <summary>
    /// The beginning of a text that takes more than this many columns, with its size if that is
    /// known.
    /// </summary>
    public static string Cut(string text, int columns, long? bytes = null)
    {
        // No character takes more than two columns, and few texts need to be measured.
        if (text.Length <= columns / 2 || (text.Length <= 2 * columns && TerminalTraits.Cells(text) <= columns))
            return text;
        var suffix = bytes is { } size ? $"{Ellipsis} {Size(size)}" : Ellipsis;
        if (suffix.Length >= columns) suffix = Ellipsis;
        var room = columns - suffix.Length;
        var (end, taken) = (0, 0);
        while (end < text.Length)
        {
            var length = StringInfo.GetNextTextElementLength(text, end);
            var cells = TerminalTraits.Cells(text.Substring(end, length));
            if (taken + cells > room) break;
            (end, taken) = (end + length, taken + cells);
        }
        return text[..end] + suffix;
    }
}
