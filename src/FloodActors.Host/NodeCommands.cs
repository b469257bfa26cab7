using FloodActors.Host.Output;

namespace FloodActors.Host;

/// <summary>The lines that begin with a slash.</summary>
internal sealed class NodeCommands(Flood flood, INodeOutput output, Action quit)
{
    public const string Usage =
        "commands: /peers, /data, /stats, /connect HOST:PORT, /disconnect ID, /help, /quit; "
        + "a line that begins with // is sent with one /";

    /// <summary>The same for people.</summary>
    public static IReadOnlyList<string> Help { get; } =
    [
        "/peers               list the peers",
        "/data                list the newest messages",
        "/stats               list the counters of this node",
        "/connect HOST:PORT   link with a node, and keep the link",
        "/disconnect ID       end the link with a peer that /peers lists",
        "/quit                leave the flood (Ctrl-D at a terminal)",
        "//TEXT               send a text that begins with /",
    ];

    /// <summary>What the Tab key completes.</summary>
    public static IReadOnlyList<string> Completions { get; } =
        ["/peers", "/data", "/stats", "/connect ", "/disconnect ", "/help", "/quit"];

    /// <summary>Runs a command.</summary>
    public async Task Run(string line)
    {
        var space = line.IndexOf(' ');
        var (verb, argument) = space < 0 ? (line.TrimEnd(), "") : (line[..space], line[(space + 1)..].Trim());
        switch (verb)
        {
            case "/peers" when argument.Length == 0:
                output.Peers(await flood.PeersAsync());
                break;
            case "/data" when argument.Length == 0:
                output.Data(await flood.DataAsync());
                break;
            case "/stats" when argument.Length == 0:
                output.Stats(await flood.StatsAsync());
                break;
            case "/quit" when argument.Length == 0:
                quit();
                break;
            case "/help":
                output.Help();
                break;
            case "/connect":
                Connect(argument);
                break;
            case "/disconnect" when argument.Length == 0:
                output.Error("/disconnect needs the id of a peer, as /peers shows it.");
                break;
            case "/disconnect":
                if (!await flood.DisconnectAsync(argument))
                    output.Error($"/disconnect: there is no peer '{argument}'.");
                break;
            case "/peers" or "/data" or "/stats" or "/quit":
                output.Error($"{verb} takes no argument.");
                break;
            default:
                output.Error($"'{verb}' is not a command; {Usage}.");
                break;
        }
    }

    private void Connect(string address)
    {
        if (NodeOptions.ProblemWith(address) is { } problem)
        {
            output.Error($"/connect: '{address}' {problem}");
            return;
        }
        // The outcome may never come, and is an event; only refusals, for which there is no event, are reported here.
        _ = TellIfRefused(flood.ConnectAsync(address));
    }

    private async Task TellIfRefused(Task<ConnectResult> connecting)
    {
        if (await connecting is ConnectRefused { Cause: LinkEnd.Failure or LinkEnd.Leaving } refused)
            output.Error($"/connect: {refused.Reason}");
    }
}
