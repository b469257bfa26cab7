using FloodActors.Host.Terminal;

namespace FloodActors.Host.Tests.Terminal;

public sealed class LineEditorTests
{
    private readonly LineEditor _editor = new(["/peers", "/data", "/disconnect ", "/quit"]);

    [Fact]
    public void Keys_insert_and_remove_where_the_caret_is()
    {
        Type("helo");
        Press(ConsoleKey.LeftArrow);
        Type("l");
        Press(ConsoleKey.Home);
        Type("> ");
        Press(ConsoleKey.End);
        Type("!?");
        Press(ConsoleKey.Backspace);
        Assert.Equal(("> hello!", 8), _editor.View(80));
        Press(ConsoleKey.Home);
        Press(ConsoleKey.Delete);
        Control(ConsoleKey.F);
        Control(ConsoleKey.K);
        Assert.Equal((" ", 1), _editor.View(80));
    }

    [Fact]
    public void Words_and_ends_of_the_line_are_removed_as_in_a_shell()
    {
        Type("one two  three");
        Control(ConsoleKey.W);
        Assert.Equal("one two  ", _editor.Text);
        Press(ConsoleKey.LeftArrow, ConsoleModifiers.Control);
        Assert.Equal(4, _editor.View(80).Caret);
        Control(ConsoleKey.U);
        Assert.Equal(("two  ", 0), _editor.View(80));
        Press(ConsoleKey.RightArrow, ConsoleModifiers.Alt);
        Assert.Equal(3, _editor.View(80).Caret);
    }

    [Fact]
    public void The_caret_never_stands_within_a_character()
    {
        Type("a👩‍👩‍👧e\u0301z");
        for (var i = 0; i < 3; i++) Press(ConsoleKey.LeftArrow);
        Assert.Equal(1, _editor.View(80).Caret);
        Press(ConsoleKey.Delete);
        Press(ConsoleKey.Delete);
        Assert.Equal("az", _editor.Text);
    }

    [Fact]
    public void The_history_brings_back_what_was_entered_and_keeps_what_is_being_typed()
    {
        Assert.Equal("first", Enter("first"));
        Enter("second");
        Enter("second");
        Type("draft");
        Press(ConsoleKey.UpArrow);
        Assert.Equal("second", _editor.Text);
        Press(ConsoleKey.UpArrow);
        Press(ConsoleKey.UpArrow);
        Assert.Equal("first", _editor.Text);
        Press(ConsoleKey.DownArrow);
        Press(ConsoleKey.DownArrow);
        Press(ConsoleKey.DownArrow);
        Assert.Equal("draft", _editor.Text);
    }

    [Fact]
    public void Only_a_window_of_a_long_line_is_shown_and_the_caret_is_in_it()
    {
        Type("0123456789abcdef");
        Assert.Equal(("6789abcdef", 10), _editor.View(10));
        Press(ConsoleKey.Home);
        Assert.Equal(("0123456789", 0), _editor.View(10));
        Press(ConsoleKey.End);
        Press(ConsoleKey.LeftArrow);
        Assert.Equal(("56789abcde", 10), _editor.View(10));
    }

    [Fact]
    public void Wide_characters_count_for_two_columns()
    {
        Type("日本語");
        Assert.Equal(("日本語", 6), _editor.View(10));
        Assert.Equal(("本語", 4), _editor.View(5));
    }

    [Fact]
    public void Control_D_ends_the_input_on_an_empty_line_and_removes_on_any_other()
    {
        Type("ab");
        Press(ConsoleKey.Home);
        Assert.Equal(Edit.Changed, Control(ConsoleKey.D));
        Assert.Equal("b", _editor.Text);
        Control(ConsoleKey.D);
        Assert.Equal(Edit.EndOfInput, Control(ConsoleKey.D));
    }

    [Theory]
    [InlineData("/p", "/peers")]
    [InlineData("/d", "/d")]
    [InlineData("/di", "/disconnect ")]
    [InlineData("p", "p\t")]
    public void Tab_completes_a_command_that_is_the_only_one(string typed, string expected)
    {
        Type(typed);
        Press(ConsoleKey.Tab, keyChar: '\t');
        Assert.Equal(expected, _editor.Text);
    }

    [Fact]
    public void What_is_pasted_cannot_move_the_cursor()
    {
        Type("a\u202Eb\tc\u001b");
        Assert.Equal("a\uFFFDb c", _editor.View(80).Shown);
    }

    private string Enter(string text)
    {
        Type(text);
        Assert.Equal(
            Edit.Entered,
            _editor.Press(new ConsoleKeyInfo('\r', ConsoleKey.Enter, false, false, false), out var entered));
        return entered;
    }

    private void Type(string text)
    {
        foreach (var c in text) _editor.Press(new ConsoleKeyInfo(c, ConsoleKey.None, false, false, false), out _);
    }

    private Edit Control(ConsoleKey key) => Press(key, ConsoleModifiers.Control, (char)(key - ConsoleKey.A + 1));

    private Edit Press(ConsoleKey key, ConsoleModifiers modifiers = default, char keyChar = '\0') =>
        _editor.Press(
            new ConsoleKeyInfo(keyChar, key, modifiers.HasFlag(ConsoleModifiers.Shift),
                modifiers.HasFlag(ConsoleModifiers.Alt), modifiers.HasFlag(ConsoleModifiers.Control)),
            out _);
}
