using System.Text.RegularExpressions;

namespace FloodActors.Host.Tests.Terminal;

/// <summary>The program as people meet it: at a terminal.</summary>
public sealed class TerminalTests
{
    [Fact]
    public async Task A_line_that_arrives_is_printed_above_the_line_that_is_being_typed()
    {
        await using var terminal = await PseudoTerminal.StartNode(80, "--name", "me");
        await using var other = await NodeProcess.Start("other", "--peer", terminal.Address);
        await terminal.Shows("* connected with other");
        terminal.Type("half a li");
        await terminal.Shows("> half a li");
        await other.Type("hello");
        await terminal.Shows("other> hello");
        Assert.Equal("> half a li", terminal.Rows[^1]);
        terminal.Type("ne\r");
        await other.Until("the line has arrived whole", () => other.Received.SequenceEqual(["half a line"]));
        await terminal.Until("the prompt is empty", () => terminal.Rows[^1] == ">");
        Assert.Single(terminal.Rows, "> half a line");
        Assert.Single(terminal.Rows, "other> hello");
    }

    [Fact]
    public async Task Arrow_keys_recall_lines_and_empty_lines_are_no_messages()
    {
        await using var terminal = await PseudoTerminal.StartNode(80, "--name", "me");
        await using var other = await NodeProcess.Start("other", "--peer", terminal.Address);
        await terminal.Shows("* connected with other");
        terminal.Type("one\r\r  \r");
        await other.Until("the line is there", () => other.Received.Contains("one"));
        terminal.Type("\x1b[A");
        await terminal.Until("the line is back", () => terminal.Rows[^1] == "> one");
        terminal.Type(" more\r");
        await other.Until("the longer one is there", () => other.Received.Contains("one more"));
        Assert.Equal(["one", "one more"], other.Received);
    }

    [Fact]
    public async Task A_line_that_was_seen_before_is_explained_and_with_sequence_it_is_sent_again()
    {
        await using (var terminal = await PseudoTerminal.StartNode(160))
        {
            terminal.Type("ok\rok\rok\r");
            await terminal.Shows(
                "* seen before: not sent again. Equal lines are one message, unless all nodes are started with "
                    + "--message-id sequence");
            await terminal.Shows("* seen before: not sent again");
        }
        await using var alice = await PseudoTerminal.StartNode(80, "--name", "alice", "--message-id", "sequence");
        await using var bob = await NodeProcess.Start("bob", "--message-id", "sequence", "--peer", alice.Address);
        await alice.Shows("* connected with bob");
        alice.Type("ok\rok\r");
        await bob.Until("both are there", () => bob.Received.SequenceEqual(["ok", "ok"]));
    }

    [Fact]
    public async Task What_others_join_with_is_told_with_the_option_that_they_must_share()
    {
        await using var terminal = await PseudoTerminal.StartNode(100, "--message-id", "sequence");
        await terminal.Until("it is told how to join", () => terminal.Rows.Any(row => row.EndsWith(
            $"--peer {terminal.Address} --message-id sequence", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Control_D_says_that_it_leaves_and_the_node_leaves()
    {
        await using var terminal = await PseudoTerminal.StartNode(80, "--name", "me");
        await using var other = await NodeProcess.Start("other", "--peer", terminal.Address);
        await terminal.Shows("* connected with other");
        terminal.Type("\x04");
        Assert.Equal(0, await terminal.Ended());
        Assert.Contains("* Ctrl-D: leaving the flood", terminal.Rows);
        await other.Disconnected("me");
        Assert.EndsWith("left the flood", other.Of("disconnected").Single().Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NO_COLOR", "1")]
    [InlineData("TERM", "dumb")]
    public async Task Colours_are_left_out_where_they_are_not_wanted(string variable, string value)
    {
        await using var terminal = PseudoTerminal.Run(80, new() { [variable] = value }, "run");
        await terminal.Until(
            "it listens", () => terminal.Rows.Any(row => row.StartsWith("* listening", StringComparison.Ordinal)));
        terminal.Type("/peers\n");
        await terminal.Until(
            "the command is answered",
            () => terminal.Rows.Any(row => row.EndsWith("* no peers", StringComparison.Ordinal)));
        Assert.DoesNotMatch(new Regex("\x1b\\[[0-9;]*m"), terminal.Raw);
        if (value == "dumb") Assert.DoesNotContain('\x1b', terminal.Raw);
        terminal.Type("\x04");
        Assert.Equal(0, await terminal.Ended());
        Assert.Contains(terminal.Rows, row => row.EndsWith(": leaving the flood", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(40)]
    public async Task The_table_of_peers_fits(int columns)
    {
        await using var terminal = await PseudoTerminal.StartNode(columns, "--name", "me");
        await using var other = await NodeProcess.Start(
            "a-peer-whose-name-is-longer-than-one-would-like", "--peer", terminal.Address);
        await terminal.Until("it is linked", () => terminal.Raw.Contains("connected with", StringComparison.Ordinal));
        terminal.Type("/peers\r");
        await terminal.Until(
            "the table is there", () => terminal.Rows.Any(row => row.StartsWith('╰')) && terminal.Rows[^1] == ">");
        var table = terminal.Rows.Where(row => row.Length > 0 && "╭│├╰".Contains(row[0], StringComparison.Ordinal))
            .ToList();
        Assert.Equal(5, table.Count);
        Assert.All(
            table,
            row => Assert.True(row.Length <= columns && "╮│┤╯".Contains(row[^1], StringComparison.Ordinal), row));
        Assert.Contains("a-peer", table[3], StringComparison.Ordinal);
        Assert.Contains("yes", table[3], StringComparison.Ordinal);
        // It is there to be copied: whole, or not at all.
        if (columns == 80) Assert.Matches(@"127\.0\.0\.1:\d+ ", table[3]);
    }

    [Fact]
    public async Task A_terminal_without_columns_is_taken_for_one_of_80()
    {
        await using var terminal = await PseudoTerminal.StartNode(0);
        terminal.Type("/stats\r");
        await terminal.Until(
            "the counters are there",
            () => terminal.Rows.Any(row => row.Contains("appended", StringComparison.Ordinal)));
        terminal.Type("/quit\r");
        Assert.Equal(0, await terminal.Ended());
    }

    [Fact]
    public async Task A_peer_that_does_not_answer_is_one_calm_line_with_a_hint()
    {
        var address = $"127.0.0.1:{FreePort.Next()}";
        await using var terminal = await PseudoTerminal.StartNode(200, "--peer", address);
        var line = $"* {address} does not answer yet; dialling goes on. "
            + "The address must be exactly the --hostname and --port of that node";
        await terminal.Until(
            "the line is shown", () => terminal.Rows.Any(row => row.StartsWith(line, StringComparison.Ordinal)));
        terminal.Type("/quit\r");
        await terminal.Ended();
        Assert.Single(terminal.Rows, row => row.Contains("answer", StringComparison.Ordinal));
        Assert.DoesNotContain(terminal.Rows, row => row.Contains("WARNING", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_log_line_goes_above_the_line_that_is_being_typed()
    {
        using var config = new ConfigFile("akka.loglevel = INFO");
        await using var terminal = await PseudoTerminal.StartNode(300, "--config", config.Path);
        terminal.Type("typing");
        await terminal.Shows("> typing");
        await using var other = await NodeProcess.Start("other", "--peer", terminal.Address);
        await terminal.Until(
            "the log tells of the link",
            () => terminal.Rows.Any(row => row.Contains("Connected with other", StringComparison.Ordinal)));
        await terminal.Shows("* connected with other");
        Assert.Equal("> typing", terminal.Rows[^1]);
        Assert.DoesNotContain(
            terminal.Rows, row => row.Contains("typing", StringComparison.Ordinal) && row != "> typing");
    }
}
