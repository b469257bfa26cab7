using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace FloodActors.Host.Verbs;

/// <summary>Options that several verbs have, and how numbers are read.</summary>
internal static class VerbOptions
{
    public static Option<string?> Config() =>
        new("--config")
        {
            Description = "A HOCON file with settings; the command line overrides it.",
            HelpName = "FILE",
        };

    public static Option<string?> Hostname() => new("--hostname")
    {
        Description = "The host name or address to listen on, which others dial in exactly this form. Default: "
            + "127.0.0.1.",
        HelpName = "HOST",
    };

    public static Option<string?> MessageId()
    {
        var option = new Option<string?>("--message-id")
        {
            Description = "What makes a message new: content (its text; equal texts are one message) or sequence "
                + "(each append). "
                + "The same on all nodes. Default: content.",
            HelpName = "content|sequence",
        };
        option.AcceptOnlyFromAmong("content", "sequence");
        return option;
    }

    public static MessageIdMode? MessageIdOf(string? value) =>
        value is null ? null : Enum.Parse<MessageIdMode>(value, ignoreCase: true);

    public static Option<string[]> Several(string name, string helpName, string description) => new(name)
    {
        Description = description + " May be given several times.",
        HelpName = helpName,
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>The given values; null if the option was not given.</summary>
    public static string[]? Given(this ParseResult parsed, Option<string[]> option) =>
        parsed.GetValue(option) is { Length: > 0 } given ? given : null;

    public static Option<int?> Number(string name, int least, int most, string helpName, string description)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = helpName };
        option.CustomParser = result => Parse(result, name, least, most);
        return option;
    }

    private static int? Parse(ArgumentResult result, string name, int least, int most)
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        var isNumber = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value);
        if (isNumber && value >= least && value <= most) return value;
        result.AddError($"{name} {text}: it must be a whole number from {least} to {most}.");
        return null;
    }
}
