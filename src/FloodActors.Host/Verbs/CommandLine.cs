using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using FloodActors.Host.Terminal;

namespace FloodActors.Host.Verbs;

/// <summary>The verbs and their options.</summary>
internal static class CommandLine
{
    private static readonly string[] RootOptions = ["-h", "-?", "--help", "-V", "--version"];

    public static RootCommand Create()
    {
        var root = new RootCommand("A node of a flood: a line that is typed on one node arrives once on every other.")
        {
            RunVerb.Create(),
            SendVerb.Create(),
            DemoVerb.Create(),
            SimulateVerb.Create(),
            CompletionVerb.Create(),
            Help(),
            DemoVerb.CreateNode(),
        };
        root.HelpName = ProgramName.Command;
        foreach (var option in root.Options)
        {
            if (option is VersionOption) option.Aliases.Add("-V");
            if (option is HelpOption { Action: HelpAction help }) option.Action = new HelpWithExamples(help);
        }
        return root;
    }

    /// <summary>Parses the arguments after the name of the program.</summary>
    public static ParseResult Parse(string[] args) => Create().Parse(WithVerb(args), Configuration());

    /// <summary>Parses a line that a shell wants to complete.</summary>
    public static ParseResult Parse(string line) => Create().Parse(line, Configuration());

    /// <summary>
    /// <c>flood --port 4053</c> is <c>flood run --port 4053</c>, and <c>flood help send</c> is <c>flood send
    /// --help</c>.
    /// </summary>
    public static string[] WithVerb(string[] args) => args switch
    {
        [] => [RunVerb.Name],
        ["help", .. var rest] => [.. rest, "--help"],
        [var first, ..] when first.StartsWith('-') && !RootOptions.Contains(first) => [RunVerb.Name, .. args],
        _ => args,
    };

    /// <summary>The error in a command line, in one sentence.</summary>
    public static string Explain(ParseResult parsed)
    {
        var verb = parsed.CommandResult.Command is Verb { Name: var name } ? $"flood {name}" : "flood";
        var more = ProgramName.In($"{verb} --help");
        if (parsed.UnmatchedTokens.Count == 0) return $"{OneSentence(parsed.Errors[0].Message)} See {more}.";
        var unknown = parsed.UnmatchedTokens[0];
        if (unknown.StartsWith('-') && unknown.Length > 1)
            return $"'{unknown}' is not an option of {verb}; see {more}.";
        return verb switch
        {
            "flood" => $"'{unknown}' is not a verb of flood; see {more}.",
            $"flood {SendVerb.Name}" =>
                $"send takes one TEXT, and '{unknown}' is one too many: put quotes around the message, "
                    + "as in \"two words\".",
            _ => $"'{unknown}' is one argument too many; see {more}.",
        };
    }

    /// <summary>The library writes the permitted values of an option on separate lines.</summary>
    private static string OneSentence(string message)
    {
        var parts = message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return $"{(parts.Length == 1 ? parts[0] : $"{parts[0]} {string.Join(", ", parts[1..])}").TrimEnd('.')}.";
    }

    /// <summary>'@' must reach the flood as text, so there are no response files.</summary>
    private static ParserConfiguration Configuration() =>
        new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    /// <summary>For the list of verbs; <see cref="WithVerb"/> rewrites the command line.</summary>
    private static Command Help()
    {
        var verb = new Argument<string?>("VERB")
        {
            Description = "The verb to explain.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        return new Verb("help", "Explains a verb, or lists them all.") { verb };
    }

    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        private const string RootExample = "flood help run";

        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parsed)
        {
            help.MaxWidth = Console.IsOutputRedirected ? int.MaxValue : TerminalTraits.Width();
            help.Invoke(parsed);
            var command = parsed.CommandResult.Command;
            var examples = command is Verb verb
                ? verb.Examples
                : [RootExample, .. command.Subcommands.OfType<Verb>().SelectMany(v => v.Examples.Take(1))];
            if (examples.Count == 0) return ExitCodes.Done;
            Console.Out.WriteLine("Examples:");
            foreach (var example in examples) Console.Out.WriteLine($"  {ProgramName.In(example)}");
            Console.Out.WriteLine();
            return ExitCodes.Done;
        }
    }
}
