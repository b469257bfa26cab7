using System.Text.Json;
using FloodActors.Host.Output;
using FloodActors.Host.Terminal;
using Spectre.Console;

namespace FloodActors.Host.Demo;

/// <summary><c>flood demo</c>: the guarantees, shown with real processes.</summary>
internal static class DemoCommand
{
    private const int PipeWidth = 120;

    public static async Task<int> Run(DemoOptions options, bool json)
    {
        if (json)
        {
            var counted = await Count(options, _ => { });
            WriteJson(counted);
            return counted.Passed ? ExitCodes.Done : ExitCodes.Failed;
        }
        var terminal = TerminalTraits.Detect();
        AnsiConsole.Profile.Width = terminal.IsTerminal ? TerminalTraits.Width() : PipeWidth;
        var result = terminal.CanMoveCursor
            ? await AnsiConsole.Status().StartAsync("...", status => Count(options, step => status.Status(step)))
            : await Count(options, Console.Out.WriteLine);
        Show(result, terminal);
        return result.Passed ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static async Task<DemoResult> Count(DemoOptions options, Action<string> tell)
    {
        using var run = new DemoRun(options, tell);
        try
        {
            return await run.Run();
        }
        catch (Exception e) when (e is (IOException and not StandardOutputException) or OperationCanceledException)
        {
            throw HostException.Failed($"the demo broke off: {e.Message}");
        }
    }

    private static void WriteJson(DemoResult result)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("nodes", result.Options.Nodes);
            json.WriteNumber("links", result.Links);
            json.WriteString("topology", result.Options.Topology.ToString().ToLowerInvariant());
            json.WriteNumber("messages", result.Options.Messages);
            json.WriteNumber("size", result.Options.Size);
            json.WriteNumber("delivered", result.Delivered);
            json.WriteNumber("duplicates", result.Duplicates);
            json.WriteNumber("transmissions", result.Transmissions);
            json.WriteNumber("lost", result.Lost);
            json.WriteNumber("repeated", result.Repeated);
            json.WriteNumber("seconds", Math.Round(result.Seconds, 3));
            json.WriteEndObject();
        }
        Console.Out.WriteLine(System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
    }

    private static void Show(DemoResult result, TerminalTraits terminal)
    {
        var console = AnsiConsole.Console;
        var table = new Table { Border = terminal.CanMoveCursor ? TableBorder.Rounded : TableBorder.Ascii2 };
        table.AddColumn("process");
        foreach (var column in new[] { "links", "appended", "delivered", "duplicates", "sent", "lost", "repeated" })
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (var node in result.Nodes)
        {
            table.AddRow(
                Markup.Escape(node.Name), $"{node.Links}", $"{node.Appended:n0}", $"{node.Delivered:n0}",
                $"{node.Duplicates:n0}", $"{node.Transmissions:n0}", Bad(node.Lost), Bad(node.Repeated));
        }
        console.Write(table);
        var options = result.Options;
        var flood = Markup.Escape(ProgramName.Command);
        var rate = result.Delivered / Math.Max(result.Seconds, 0.001);
        console.MarkupLine(result.Passed
            ? $"[green]Each of {options.Nodes} processes has each of {options.Messages:n0} messages exactly once.[/]"
            : $"[red]{result.Lost:n0} messages lost, {result.Repeated:n0} repeated.[/]");
        console.MarkupLine(
            $"{result.Delivered:n0} deliveries in {result.Seconds:n2} s, {rate:n0} a second. "
            + $"{result.Transmissions:n0} transmissions; at most {result.MaxTransmissions:n0} are allowed.");
        if (result.Passed)
            console.MarkupLine(
                $"Type messages yourself: {flood} --port 4053, and in another terminal {flood} --peer 127.0.0.1:4053");
        if (options.Topology == TopologyKind.Random) console.MarkupLine($"The links came from --seed {options.Seed}.");
    }

    private static string Bad(long count) => count == 0 ? "0" : $"[red]{count:n0}[/]";
}
