using System.Runtime.InteropServices;
using System.Text;
using FloodActors.Host.Http;
using FloodActors.Host.Input;
using FloodActors.Host.Output;

namespace FloodActors.Host;

/// <summary><c>flood run</c>: a node between standard input and standard output.</summary>
internal static class RunCommand
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static async Task<int> Run(NodeOptions options, string? http, bool json)
    {
        var at = http is null ? null : HttpAddress.Parse(http);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var term = OnSignal(PosixSignal.SIGTERM, ended);
        using var interrupt = OnSignal(PosixSignal.SIGINT, ended);
        using var hangUp = OnSignal(PosixSignal.SIGHUP, ended);

        using var sink = new LineSink(Console.OpenStandardOutput());
        INodeOutput output = json ? new JsonOutput(sink) : new TextOutput(sink, colours: !Console.IsOutputRedirected);
        var listening = new TaskCompletionSource<LineAppender>();
        var node = await Node.Start(options.ToConfig(), new FloodCallbacks { OnEvent = e => Tell(e, output, listening.Task) }, options.Apply);
        output.Listening(node.Name, node.Address);
        await using var server = at is null ? null : await HttpServer.Start(node, at);
        if (server is not null) output.Serving(server.Url);

        var appender = new LineAppender(node.Flood, output);
        listening.SetResult(appender);
        await node.StartJson(options.ListenJson, options.ConnectJson);

        var commands = new NodeCommands(node.Flood, output, () => ended.TrySetResult());
        var input = new Thread(() => ReadAll(node.Flood, appender, commands, output)) { IsBackground = true, Name = "stdin" };
        input.Start();

        await Task.WhenAny(ended.Task, sink.Broken, node.Ended);
        if (node.Ended.IsCompleted && !ended.Task.IsCompleted) throw HostException.Failed(await node.EndAsync());
        await node.LeaveAsync();
        return ExitCodes.Done;
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, TaskCompletionSource ended) => PosixSignalRegistration.Create(signal, context =>
    {
        // The second one ends the program at once.
        context.Cancel = ended.TrySetResult();
    });

    private static void Tell(FloodEvent happened, INodeOutput output, Task<LineAppender> listening)
    {
        // A thread of its own: it may wait. The first line is that the node listens.
        var appender = listening.Result;
        // Told from the answer to the line that was refused, in its place among the others.
        if (happened is not MessageRejected) output.Happened(happened);
        appender.Saw(happened);
    }

    /// <summary>Reads standard input to its end; the node goes on after that.</summary>
    private static void ReadAll(Flood flood, LineAppender appender, NodeCommands commands, INodeOutput output)
    {
        var limit = flood.Settings.MaxMessageSize;
        // The slash that marks a text which begins with one is no part of it.
        var reader = new LineReader(Console.OpenStandardInput(), limit + 1);
        long number = 0;
        while (reader.Read() is { } line)
        {
            number++;
            var bytes = line.Bytes.Span;
            var isEscaped = bytes.StartsWith("//"u8);
            if (line.Size - (isEscaped ? 1 : 0) > limit) Reject(appender, output, $"Line {number} takes {line.Size} bytes, and flood.max-message-size is {limit}.");
            else if (TextOf(isEscaped ? bytes[1..] : bytes) is not { } text) Reject(appender, output, $"Line {number} is not valid UTF-8.");
            else if (isEscaped || !text.StartsWith('/')) appender.Append(text);
            else
            {
                appender.WaitUntilTold();
                commands.Run(text).GetAwaiter().GetResult();
            }
        }
        appender.Complete();
    }

    private static void Reject(LineAppender appender, INodeOutput output, string reason)
    {
        appender.WaitUntilTold();
        output.Rejected(reason);
    }

    private static string? TextOf(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
