using System.CommandLine;

namespace FloodActors.Host.Verbs;

/// <summary>
/// <c>flood completion SHELL</c> prints the script with which a shell completes <c>flood</c>; the shell then asks this
/// program for each word.
/// </summary>
internal static class CompletionVerb
{
    /// <summary>How the shells ask: <c>flood [suggest:POSITION] "THE LINE"</c>.</summary>
    private const string Question = "[suggest:";

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Verb(
            "completion",
            "Prints a script that makes a shell complete the verbs and options of flood.",
            "source <(flood completion bash)",
            "source <(flood completion zsh)",
            "flood completion fish | source")
        {
            shell,
        };
        command.SetAction(parsed => Console.Out.Write(ScriptFor(parsed.GetRequiredValue(shell))));
        return command;
    }

    public static string ScriptFor(string shell)
    {
        var name = $"FloodActors.Host.completion.{shell}";
        using var stream = typeof(CompletionVerb).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The resource {name} is missing.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Whether a shell asks for completions of its line.</summary>
    /// <param name="args">The arguments of the program.</param>
    /// <param name="suggestions">One per line. No options if a file is expected.</param>
    public static bool IsQuestion(string[] args, out IEnumerable<string> suggestions)
    {
        suggestions = [];
        if (args is not [var question, var line]
            || !question.StartsWith(Question, StringComparison.Ordinal)) return false;
        if (!int.TryParse(question.AsSpan()[Question.Length..].TrimEnd(']'), out var position)) return false;
        suggestions = Suggest(line[..Math.Clamp(position, 0, line.Length)]);
        return true;
    }

    /// <summary>What the last word of a line can be; the first word is the program.</summary>
    public static IEnumerable<string> Suggest(string line)
    {
        var program = line.IndexOf(' ');
        if (program < 0) return [];
        var rest = line[(program + 1)..].TrimStart();
        var full = rest.StartsWith('-') ? $"{RunVerb.Name} {rest}" : rest;
        var word = full[(full.LastIndexOf(' ') + 1)..];
        var parsed = CommandLine.Parse(full);
        // After a word that is not a verb, nothing can be completed.
        if (parsed.UnmatchedTokens.Count > (word.Length > 0 ? 1 : 0)) return [];
        var suggestions = parsed.GetCompletions(full.Length).Select(
            completion => completion.InsertText ?? completion.Label);
        // Options are suggested only after the user has begun one; there are many, and values come first.
        return suggestions.Where(
            text => text.StartsWith(word, StringComparison.Ordinal) && (word.StartsWith('-') || !text.StartsWith('-'))
                && text is not ("/?" or "/h" or "-?"));
    }
}
