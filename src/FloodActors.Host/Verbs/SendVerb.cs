using System.CommandLine;

namespace FloodActors.Host.Verbs;

/// <summary><c>flood send</c>.</summary>
internal static class SendVerb
{
    public const string Name = "send";

    public static Command Create()
    {
        var peer = new Option<string>("--peer")
        {
            Description = "The node to give the message to.",
            HelpName = "HOST:PORT",
            Required = true,
        };
        var config = VerbOptions.Config();
        var hostname = VerbOptions.Hostname();
        var messageId = VerbOptions.MessageId();
        var timeout = VerbOptions.Number("--timeout", 1, 86_400, "SECONDS", "How long to try. Default: 10.");
        var text = new Argument<string>("TEXT")
        {
            Description = "The message, as one argument; - reads it from standard input.",
        };
        var command = new Verb(
            Name,
            "Joins, appends one message, waits until the peer has it, and leaves. Exit code 0 only then.",
            "flood send --peer 127.0.0.1:4053 \"hello, everyone\"",
            "date | flood send --peer 127.0.0.1:4053 -")
        {
            peer, config, hostname, messageId, timeout, text,
        };
        command.SetAction(parsed => SendCommand.Run(
            new NodeOptions
            {
                ConfigFile = parsed.GetValue(config),
                Hostname = parsed.GetValue(hostname),
                Port = 0,
                MessageId = VerbOptions.MessageIdOf(parsed.GetValue(messageId)),
            },
            parsed.GetRequiredValue(peer),
            parsed.GetRequiredValue(text),
            TimeSpan.FromSeconds(parsed.GetValue(timeout) ?? 10)));
        return command;
    }
}
