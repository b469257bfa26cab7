using System.Globalization;
using System.Text;
using FloodActors.Host.Terminal;
using Spectre.Console;

namespace FloodActors.Host.Output;

/// <summary>
/// Output for people: coloured and cut to fit on a terminal, whole lines in a pipe. What the log says on standard error
/// is not repeated.
/// </summary>
internal sealed class TextOutput(LineSink sink, TerminalTraits terminal, Func<int> width) : INodeOutput
{
    /// <summary>Columns of a message on a terminal; a longer message is cut, and its size is shown.</summary>
    private const int LongestMessage = 1000;

    /// <summary>Columns of any IPv4 address with its port: addresses are copied, so they are not cut.</summary>
    private const int AddressWidth = 21;

    /// <summary>Columns of a table in a pipe.</summary>
    private const int PipeWidth = 1000;

    private bool _repetitionExplained;

    public void Listening(string name, string address, MessageIdMode messageId)
    {
        Line("green", $"* listening on {address}{(name == address ? "" : $" as {name}")}");
        if (!terminal.IsTerminal) return;
        // Nodes with different id modes do not link.
        var sameIds = messageId == MessageIdMode.Sequence ? " --message-id sequence" : "";
        Line("grey", $"* others join with: {ProgramName.Command} --peer {address}{sameIds}");
        Line("grey", "* type a line to send it; /help lists the commands");
    }

    public void Appended(string text, bool isNew)
    {
        if (isNew) return;
        Line("grey", _repetitionExplained
            ? "* seen before: not sent again"
            : "* seen before: not sent again. "
                + "Equal lines are one message, unless all nodes are started with --message-id sequence");
        _repetitionExplained = true;
    }

    public void Rejected(string reason) => Line("red", $"* rejected: {reason}");

    public void Serving(string url) => Line("green", $"* the page is at {url}");

    public void Note(string text) => Line("grey", $"* {text}");

    public void Error(string message) => Line("red", $"* {message}");

    public void Happened(FloodEvent happened)
    {
        switch (happened)
        {
            case MessageReceived { Message: var message }:
                Message(message);
                break;
            case MessageUndecodable { Message: var message }:
                Message(message);
                break;
            case PeerConnected connected:
                Line("green", $"* connected with {connected.Peer}");
                break;
            case PeerDisconnected disconnected:
                Line("yellow", $"* disconnected from {disconnected.Peer}: {disconnected.Reason}");
                break;
            case PeerRefused refused:
                Line("yellow", $"* no link with {AddressText.Of(refused.Peer)}: {refused.Reason}");
                break;
            case PeerUnreachable unreachable:
                Line(
                    "yellow",
                    $"* {AddressText.Of(unreachable.Address)} does not answer yet; dialling goes on. "
                    + "The address must be exactly the --hostname and --port of that node"
                    + (unreachable.Hint is { } hint ? $" ({hint})" : ""));
                break;
            case PeerLagged lagged:
                Line("yellow", $"* {lagged.Peer} is too slow: {lagged.Skipped} messages were not sent to it");
                break;
            case PeerForgotten { Missed: > 0 } forgotten:
                Line("yellow", $"* {forgotten.Peer} stayed away: {forgotten.Missed} messages were not sent to it");
                break;
            case SubscriberLagged lagged:
                Line("yellow", $"* this output is too slow: {lagged.Skipped} messages were not shown");
                break;
        }
    }

    public void Peers(IReadOnlyList<PeerInfo> peers) => Table(
        "peers",
        [
            new("peer", Shrinks: true),
            new("address", LeaveOut: 2, Shrinks: true, Keeps: AddressWidth),
            new("linked"),
            new("behind", LeaveOut: 1, IsNumber: true),
            new("forwarded", LeaveOut: 4, IsNumber: true),
            new("received", LeaveOut: 3, IsNumber: true),
            new("duplicates", LeaveOut: 5, IsNumber: true),
        ],
        peers.Select(p => new Cell[]
        {
            p.Id, AddressText.Of(p.Address), p.Connected ? "yes" : "no",
            $"{p.Behind}", $"{p.Forwarded}", $"{p.Received}", $"{p.Duplicates}",
        }));

    public void Data(FloodData data) => Table(
        "messages",
        [new("time"), new("by", Shrinks: true), new("payload", Shrinks: true)],
        data.Messages.Concat(data.Latest).Select(
            m => new Cell[] { Time(m.Received), AuthorOf(m), new(Shown(m), m.Body.Length) }));

    public void Stats(FloodStats stats) => Table(
        "counters",
        [new("counter", Shrinks: true), new("value", IsNumber: true)],
        StatsTable.Of(stats)
            .Concat(stats.Rejected.Select(r => ($"rejected as {r.Key}", r.Value)))
            .Select(s => new Cell[] { s.Item1, $"{s.Item2}" }));

    public void Help()
    {
        foreach (var line in NodeCommands.Help) Line("grey", $"* {line}");
    }

    private void Message(FloodMessage message)
    {
        var (author, shown) = (Printable.Of(AuthorOf(message)), Shown(message));
        if (terminal.IsTerminal) shown = People.Cut(shown, LongestMessage, message.Body.Length);
        Write($"[blue]{Markup.Escape(author)}>[/] {Markup.Escape(shown)}", $"{author}> {shown}");
    }

    private void Line(string style, string text)
    {
        text = Printable.Of(text);
        Write($"[{style}]{Markup.Escape(text)}[/]", text);
    }

    private void Write(string markup, string plain)
    {
        if (!terminal.Colours)
        {
            sink.Write(Encoding.UTF8.GetBytes(plain + "\n"));
            return;
        }
        using var text = new StringWriter();
        // The terminal wraps lines better than a program can: text copied from it then has no line feeds.
        Console(text, int.MaxValue).Markup(markup);
        sink.Write(Encoding.UTF8.GetBytes(text + "\n"));
    }

    private void Table(string what, Column[] columns, IEnumerable<Cell[]> rows)
    {
        var room = terminal.IsTerminal ? width() : PipeWidth;
        var table = new FittedTable(columns, [.. rows], room);
        if (table.IsEmpty && terminal.IsTerminal)
        {
            Line("grey", $"* no {what}");
            return;
        }
        using var text = new StringWriter();
        Console(text, room).Write(table.ToTable(terminal.CanMoveCursor ? TableBorder.Rounded : TableBorder.Ascii2));
        sink.Write(Encoding.UTF8.GetBytes(text.ToString()));
        if (table.LeftOut.Count > 0) Line("grey", $"* no room for: {string.Join(", ", table.LeftOut)}");
    }

    private IAnsiConsole Console(TextWriter text, int columns)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal.Colours ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = terminal.Colours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = columns;
        return console;
    }

    private string Time(DateTimeOffset time) =>
        terminal.IsTerminal ? People.Time(time, DateTimeOffset.Now) : time.ToString("O", CultureInfo.InvariantCulture);

    /// <summary>The author: the node that appended the message, and the stream by which it came there.</summary>
    private static string AuthorOf(FloodMessage message) =>
        message.OriginStream is { } stream ? $"{message.Origin}/{stream}" : message.Origin;

    private static string Subject(FloodMessage message) =>
        message.Topic is not { } topic ? "" : message.Key is { } key ? $"[{topic}: {key}] " : $"[{topic}] ";

    private static string Shown(FloodMessage message)
    {
        try
        {
            return message.Kind is PayloadKind.Text or PayloadKind.Json
                ? Printable.Of(Subject(message) + message.AsText())
                : Printable.Of(Subject(message))
                    + $"({message.Kind.ToString().ToLowerInvariant()}, {People.Size(message.Body.Length)})";
        }
        catch (UndecodablePayloadException e)
        {
            return Printable.Of($"({e.Message})");
        }
    }
}
