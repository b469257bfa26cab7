using FloodActors.Host.Output;
using FloodActors.Host.Terminal;

namespace FloodActors.Host.Tests.Output;

public sealed class PeopleTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.FromHours(2));

    [Theory]
    [InlineData("2026-03-01T08:30:05Z", "10:30:05")]
    [InlineData("2026-02-28T22:30:05Z", "00:30:05")]
    [InlineData("2026-02-28T21:30:05Z", "2026-02-28 23:30:05")]
    public void Times_are_local_and_dated_when_they_are_not_of_today(string time, string expected) =>
        Assert.Equal(
            expected, People.Time(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture), Now));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.0 kB")]
    [InlineData(999_949, "999.9 kB")]
    [InlineData(999_950, "1.0 MB")]
    [InlineData(4_194_304, "4.2 MB")]
    public void Sizes_have_a_unit(long bytes, string expected) => Assert.Equal(expected, People.Size(bytes));

    [Theory]
    [InlineData("short", 20, "short")]
    [InlineData("exactly ten", 11, "exactly ten")]
    [InlineData("a text that is too long", 16, "a text t… 4.2 MB")]
    [InlineData("日本語日本語日本語", 12, "日本… 4.2 MB")]
    [InlineData("too long", 6, "too l…")]
    [InlineData("👩‍👧👩‍👧👩‍👧👩‍👧", 4, "👩‍👧…")]
    public void A_long_text_is_cut_between_characters_and_its_size_is_shown(string text, int columns, string expected)
    {
        var cut = People.Cut(text, columns, 4_194_304);
        Assert.StartsWith(expected[..1], cut, StringComparison.Ordinal);
        Assert.Equal(expected, cut);
        Assert.True(TerminalTraits.Cells(cut) <= columns);
    }

    [Theory]
    [InlineData(0, 80)]
    [InlineData(-1, 80)]
    [InlineData(5, 20)]
    [InlineData(132, 132)]
    public void A_terminal_of_no_columns_has_80(int columns, int expected) =>
        Assert.Equal(expected, TerminalTraits.WidthOf(columns));

    [Theory]
    [InlineData(false, false, true, null, "terminal cursor colours edit")]
    [InlineData(false, false, true, "", "terminal cursor colours edit")]
    [InlineData(false, false, true, "1", "terminal cursor edit")]
    [InlineData(false, false, false, null, "terminal")]
    [InlineData(true, false, true, null, "terminal cursor colours")]
    [InlineData(false, true, true, null, "")]
    public void What_a_terminal_is_used_for_is_what_it_can(bool inputRedirected, bool outputRedirected,
        bool canMoveCursor, string? noColor, string expected)
    {
        var traits = TerminalTraits.Of(inputRedirected, outputRedirected, canMoveCursor, noColor);
        string[] all = [traits.IsTerminal ? "terminal" : "", traits.CanMoveCursor ? "cursor" : "", traits.Colours
            ? "colours" : "", traits.CanEdit ? "edit" : ""];
        Assert.Equal(expected, string.Join(' ', all.Where(one => one.Length > 0)));
    }
}
