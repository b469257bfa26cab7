using System.CommandLine;
using System.CommandLine.Invocation;
using FloodActors.Host.Output;
using FloodActors.Host.Verbs;

namespace FloodActors.Host;

internal static class Program
{
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private static async Task<int> Main(string[] args)
    {
        // Code that waits for a socket here only passes on what came. Called by the thread that watches all
        // sockets, it needs no pool thread: one switch less for each read. .NET reads this when the first socket is
        // created.
        if (Environment.GetEnvironmentVariable(InlineCompletions) is null)
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
        try
        {
            FileDescriptors.CheckBase();
            // By then an error in writing to standard output is known.
            if (!OperatingSystem.IsWindows())
                Console.SetOut(TextWriter.Synchronized(new StreamWriter(StandardOutput.Open()) { AutoFlush = true }));
            if (CompletionVerb.IsQuestion(args, out var suggestions))
            {
                foreach (var suggestion in suggestions) Console.Out.WriteLine(suggestion);
                return ExitCodes.Done;
            }
            var parsed = CommandLine.Parse(args);
            if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction)
                throw HostException.Usage(CommandLine.Explain(parsed));
            // The commands handle signals themselves: a node that is told to end leaves the flood first.
            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                });
        }
        catch (HostException e)
        {
            return Say(e.Message, e.ExitCode);
        }
        catch (ReaderGoneException)
        {
            return ExitCodes.ReaderGone;
        }
        catch (StandardOutputException e)
        {
            return Say(e.Message, ExitCodes.Failed);
        }
    }

    private static int Say(string message, int exitCode)
    {
        StandardError.WriteLine($"flood: {message.ReplaceLineEndings(" ")}");
        return exitCode;
    }
}
