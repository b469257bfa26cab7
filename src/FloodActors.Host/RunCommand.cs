using FloodActors.Host.Http;
using FloodActors.Host.Input;
using FloodActors.Host.Output;
using FloodActors.Host.Terminal;

namespace FloodActors.Host;

/// <summary><c>flood run</c>: a node between standard input and standard output.</summary>
internal static class RunCommand
{
    public static async Task<int> Run(NodeOptions options, string? http, bool json)
    {
        if (StandardOutput.IsClosed)
            throw HostException.Usage(
                "standard output is closed, and a node writes its events there: use /dev/null if they are not needed.");
        HostPort? at = http is null ? null : ParseHttp(http);
        using var signals = new StopSignals();
        var traits = json ? TerminalTraits.None : TerminalTraits.Detect();
        var screen = traits.CanEdit
            ? new PromptScreen(StandardOutput.Open(), TerminalTraits.Width, new LineEditor(NodeCommands.Completions))
            : null;
        StandardError.Through(Console.IsErrorRedirected ? null : screen);
        using var sink = new LineSink(screen?.AsStream() ?? StandardOutput.Open());
        try
        {
            await Run(
                options,
                at,
                signals,
                screen,
                sink,
                json ? new JsonOutput(sink) : new TextOutput(sink, traits, TerminalTraits.Width));
        }
        finally
        {
            // Remaining output is written before the exit code is known: the disk may be full only now.
            sink.Dispose();
            screen?.Stop();
            StandardError.Through(null);
        }
        return sink.Broken.IsCompleted ? throw await sink.Broken : ExitCodes.Done;
    }

    private static async Task Run(
        NodeOptions options,
        HostPort? at,
        StopSignals signals,
        PromptScreen? screen,
        LineSink sink,
        INodeOutput output)
    {
        var listening = new TaskCompletionSource<LineAppender>();
        var config = options.ToConfig();
        var settings = HttpSettings.Read(config);
        var node = await Node.Start(
            config, new FloodCallbacks { OnEvent = e => Tell(e, output, listening.Task) }, options.Apply);
        signals.Arm();
        if (FileDescriptors.Warning(node.Flood.Settings.MaxPeers) is { } few) StandardError.WriteLine($"flood: {few}");
        output.Listening(node.Name, node.Address, node.Flood.Settings.MessageId);
        await using var server = at is null ? null : await StartHttp(node, at.Value, settings);
        if (server is not null) output.Serving(server.Url);

        var appender = new LineAppender(node.Flood, output);
        listening.SetResult(appender);
        await node.StartJson(options.ListenJson, options.ConnectJson);

        var lines = new LineHandler(node.Flood, appender, new NodeCommands(node.Flood, output, signals.Stop), output);
        Start("stdin", () => ReadAll(lines, screen, output, signals));
        Start("reader of stdout", () =>
        {
            if (StandardOutput.WaitUntilReaderIsGone()) sink.Break(new ReaderGoneException());
        });

        await Task.WhenAny(signals.Stopped, sink.Broken, node.Ended);
        if (node.Ended.IsCompleted && !signals.Stopped.IsCompleted) throw HostException.Failed(await node.EndAsync());
        // Output about the leaving waits for a reader no longer than the leaving itself may take.
        sink.GiveUpAfter(node.Flood.Settings.LeaveTimeout);
        await node.LeaveAsync();
    }

    private static HostPort ParseHttp(string text) =>
        HostPort.TryParse(text, leastPort: 0, out var address, out var problem)
            ? address
            : throw HostException.Usage($"--http '{text}': {problem}; port 0 takes a free one.");

    private static async Task<HttpServer> StartHttp(Node node, HostPort at, HttpSettings settings)
    {
        try
        {
            return await HttpServer.Start(node, at, settings);
        }
        catch (HostException)
        {
            await node.LeaveAsync();
            throw;
        }
    }

    private static void Start(string name, Action run) =>
        new Thread(() => run()) { IsBackground = true, Name = name }.Start();

    private static void ReadAll(LineHandler lines, PromptScreen? screen, INodeOutput output, StopSignals signals)
    {
        if (StandardOutput.IsInputClosed) return;
        try
        {
            if (screen is not null)
            {
                new TerminalInput(screen, lines, Leave).ReadAll();
                return;
            }
            var isPipe = Console.IsInputRedirected;
            lines.ReadAll(Console.OpenStandardInput(), keepEmpty: isPipe);
            if (!isPipe) Leave("end of input: leaving the flood");
        }
        catch (ObjectDisposedException)
        {
            // The node has ended. The program ends with the reason.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As at the end of input, the node continues.
            StandardError.WriteLine($"flood: standard input cannot be read: {e.Message}");
        }

        void Leave(string why)
        {
            output.Note(why);
            signals.Stop();
        }
    }

    private static void Tell(FloodEvent happened, INodeOutput output, Task<LineAppender> listening)
    {
        // A separate thread, since it may wait. The first line of output says that the node listens.
        var appender = listening.Result;
        // Reported with the answer to the refused line, in order with the other answers.
        if (happened is not MessageRejected) output.Happened(happened);
        appender.Saw(happened);
    }
}
