using System.Globalization;
using System.Text;

namespace FloodActors.Payloads;

/// <summary>
/// Text that a peer chose, made safe for a message to people: bounded, on one line, and without characters that control
/// a terminal.
/// </summary>
internal static class PeerText
{
    private const char Hidden = '?';

    /// <summary>
    /// The text with control, format and separator characters replaced, cut after <paramref name="most"/> characters.
    /// </summary>
    public static string Shown(ReadOnlySpan<char> text, int most)
    {
        var shown = new StringBuilder(Math.Min(text.Length, most) + 3);
        foreach (var character in text[..Math.Min(text.Length, most)])
            shown.Append(IsPrintable(character) ? character : Hidden);
        return text.Length > most ? shown.Append("...").ToString() : shown.ToString();
    }

    private static bool IsPrintable(char character) => char.GetUnicodeCategory(character) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
