using System.Globalization;
using System.Text;

namespace FloodActors.Host.Output;

/// <summary>
/// Makes text from elsewhere safe for a terminal and for a line of a log: nothing in it moves the
/// cursor, starts another line, or reverses the reading order of the rest.
/// </summary>
internal static class Printable
{
    /// <summary>The text with each unsafe character as U+FFFD.</summary>
    public static string Of(string text)
    {
        var first = text.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        return first < 0 ? text : Replaced(text, first);
    }

    /// <summary>The same for a cell of a table, where a tab would misalign the columns.</summary>
    public static string Cell(string text) => Of(text).Replace('\t', ' ');

    /// <summary>
    /// Control characters other than the tab, separators of lines and paragraphs, and format characters, which are
    /// invisible and change the visible text (bidirectional overrides, tags, invisible marks).
    /// </summary>
    public static bool IsUnsafe(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control => rune.Value != '\t',
        UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.Format => true,
        _ => false,
    };

    /// <summary>The joiners of emoji, and of scripts whose letters connect.</summary>
    private static bool IsJoiner(Rune rune) => rune.Value is 0x200C or 0x200D;

    private static string Replaced(string text, int from)
    {
        var shown = new StringBuilder(text, 0, from, text.Length);
        Rune before = from > 0 ? new Rune(text[from - 1]) : default;
        foreach (var rune in text.AsSpan(from).EnumerateRunes())
        {
            // Between Latin letters a joiner only serves to make one name look like another.
            shown.Append(IsUnsafe(rune) && !(IsJoiner(rune) && !before.IsAscii) ? "\uFFFD" : rune.ToString());
            before = rune;
        }
        return shown.ToString();
    }
}
