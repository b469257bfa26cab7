using System.Text;
using System.Text.Json;
using FloodActors.Host.Output;

namespace FloodActors.Host.Tests.Output;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("plain text\twith a tab", "plain text\twith a tab")]
    [InlineData("grüße, 日本語, emoji 👍", "grüße, 日本語, emoji 👍")]
    [InlineData("a\u001b[2Jb", "a\uFFFD[2Jb")]
    [InlineData("a\r\nb\u0085c", "a\uFFFD\uFFFDb\uFFFDc")]
    [InlineData("a\u2028b\u2029c", "a\uFFFDb\uFFFDc")]
    [InlineData("a\u202Eb\u2066c\u200Fd", "a\uFFFDb\uFFFDc\uFFFDd")]
    [InlineData("a\u200Bb\uFEFFc\u00ADd", "a\uFFFDb\uFFFDc\uFFFDd")]
    [InlineData("a\U000E0041b", "a\uFFFDb")]
    [InlineData("al\u200Dice", "al\uFFFDice")]
    [InlineData("👩\u200D👧", "👩\u200D👧")]
    [InlineData("می\u200Cخواهم", "می\u200Cخواهم")]
    public void Nothing_that_is_not_seen_reaches_a_terminal(string text, string expected) =>
        Assert.Equal(expected, Printable.Of(text));

    [Fact]
    public void Every_character_that_Unicode_calls_control_format_or_separator_of_lines_is_replaced_and_escaped()
    {
        for (var value = 0; value <= 0x10FFFF; value++)
        {
            if (!Rune.TryCreate(value, out var rune) || !Printable.IsUnsafe(rune)) continue;
            Assert.Equal("a\uFFFDb", Printable.Of($"a{rune}b"));
            if (value < 0x7F) continue;
            var line = Encoding.UTF8.GetBytes($"{{\"a\":\"x{rune}y\"}}\n");
            var escaped = JsonEscapes.Apply(line).ToArray();
            Assert.True(Ascii.IsValid(escaped), $"U+{value:X4}");
            Assert.Equal($"x{rune}y", JsonDocument.Parse(escaped).RootElement.GetProperty("a").GetString());
        }
    }

    [Fact]
    public void Half_a_character_is_replaced() => Assert.Equal("half \uFFFD", Printable.Of("half \uD83D"));

    [Fact]
    public void A_line_of_JSON_without_such_characters_stays_as_it_is()
    {
        var line = Encoding.UTF8.GetBytes("{\"a\":\"grüße 👍\"}\n");
        Assert.Equal(line, JsonEscapes.Apply(line).ToArray());
    }
}
