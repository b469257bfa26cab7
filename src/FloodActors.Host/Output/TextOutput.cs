using System.Text;
using Spectre.Console;

namespace FloodActors.Host.Output;

/// <summary>For people: colours on a terminal, the same lines without them in a pipe. What the log says on standard error is not said twice.</summary>
internal sealed class TextOutput(LineSink sink, bool colours) : INodeOutput
{
    public void Listening(string name, string address)
    {
        Line("green", $"* listening on {address}{(name == address ? "" : $" as {name}")}");
        if (colours) Line("grey", $"* type a line to flood it, /help for the commands; others join with: flood --peer {address}");
    }

    public void Appended(string text, bool isNew)
    {
        if (!isNew) Line("grey", "* seen before, so nothing was sent");
    }

    public void Rejected(string reason) => Line("red", $"* rejected: {reason}");

    public void Serving(string url) => Line("green", $"* the page is at {url}");

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
        ["peer", "address", "linked", "behind", "forwarded", "received", "duplicates"],
        peers.Select(p => new[] { p.Id, AddressText.Of(p.Address), p.Connected ? "yes" : "no", $"{p.Behind}", $"{p.Forwarded}", $"{p.Received}", $"{p.Duplicates}" }));

    public void Data(FloodData data) => Table(
        ["time", "from", "payload"],
        data.Messages.Select(m => new[] { m.Received.ToString("O", System.Globalization.CultureInfo.InvariantCulture), m.From ?? "here", Shown(m) }));

    public void Stats(FloodStats stats) => Table(
        ["counter", "value"],
        StatsTable.Of(stats).Concat(stats.Rejected.Select(r => ($"rejected as {r.Key}", r.Value))).Select(s => new[] { s.Item1, $"{s.Item2}" }));

    public void Help() => Line("grey", $"* {NodeCommands.Usage}");

    private void Message(FloodMessage message)
    {
        if (colours) Write($"[blue]{Markup.Escape(Printable(message.From!))}>[/] {Markup.Escape(Shown(message))}");
        else Plain($"{Printable(message.From!)}> {Shown(message)}");
    }

    private void Line(string style, string text)
    {
        text = Printable(text);
        if (colours) Write($"[{style}]{Markup.Escape(text)}[/]");
        else Plain(text);
    }

    private void Plain(string text) => sink.Write(Encoding.UTF8.GetBytes(text + "\n"));

    private void Write(string markup)
    {
        using var text = new StringWriter();
        Console(text).MarkupLine(markup);
        sink.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private void Table(string[] columns, IEnumerable<string[]> rows)
    {
        var table = new Table { Border = colours ? TableBorder.Rounded : TableBorder.Ascii2 };
        foreach (var column in columns) table.AddColumn(new TableColumn(column) { NoWrap = !colours });
        foreach (var row in rows) table.AddRow(row.Select(cell => new Text(Printable(cell))));
        using var text = new StringWriter();
        Console(text).Write(table);
        sink.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private IAnsiConsole Console(TextWriter text)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colours ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = colours ? System.Console.WindowWidth : 1000;
        return console;
    }

    private static string Shown(FloodMessage message)
    {
        try
        {
            return message.Kind is PayloadKind.Text or PayloadKind.Json ? Printable(message.AsText()) : $"({message.Kind.ToString().ToLowerInvariant()}, {message.Body.Length} bytes)";
        }
        catch (UndecodablePayloadException e)
        {
            return $"({e.Message})";
        }
    }

    /// <summary>A message must not move the cursor or rename the terminal of whoever reads it.</summary>
    private static string Printable(string text) =>
        text.AsSpan().IndexOfAnyInRange('\0', '\x1f') < 0 && text.AsSpan().IndexOfAnyInRange('\x7f', '\x9f') < 0
            ? text
            : string.Create(text.Length, text, static (shown, from) =>
            {
                for (var i = 0; i < from.Length; i++) shown[i] = char.IsControl(from[i]) && from[i] != '\t' ? '\uFFFD' : from[i];
            });
}
