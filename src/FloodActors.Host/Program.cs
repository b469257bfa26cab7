using System.CommandLine;
using System.CommandLine.Invocation;

namespace FloodActors.Host;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        try
        {
            if (args is [SimulateCommand.Verb, .. var simulated]) return SimulateCommand.Run(simulated);
            // '@' must reach the flood as text, so there are no response files.
            var parsed = CommandLine.Create().Parse(CommandLine.WithDefaultVerb(args), new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
            if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction) throw HostException.Usage(Explain(parsed));
            // Signals are the commands' own business: a node that is told to end leaves the flood first.
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (HostException e)
        {
            Say(e.Message);
            return e.ExitCode;
        }
    }

    private static string Explain(ParseResult parsed) =>
        parsed.UnmatchedTokens.Count > 0 ? $"'{parsed.UnmatchedTokens[0]}' is no command or option here; see flood --help." : parsed.Errors[0].Message;

    private static void Say(string message) => Console.Error.WriteLine($"flood: {message.ReplaceLineEndings(" ")}");
}
