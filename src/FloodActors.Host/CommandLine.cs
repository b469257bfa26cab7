using System.CommandLine;
using System.CommandLine.Parsing;
using FloodActors.Host.Demo;

namespace FloodActors.Host;

/// <summary>The verbs and their options, turned into records.</summary>
internal static class CommandLine
{
    /// <summary><c>flood --port 4053</c> is <c>flood run --port 4053</c>.</summary>
    public static string[] WithDefaultVerb(string[] args) =>
        args.Length == 0 || (args[0].StartsWith('-') && args[0] is not ("-h" or "-?" or "--help" or "--version")) ? ["run", .. args] : args;

    public static RootCommand Create() => new("A node of a flood: what is typed on one arrives once on every other.")
    {
        Run(), Send(), Demo(), SimulateCommand.Create(), DemoNodeVerb(),
    };

    private static Command Run()
    {
        var name = new Option<string?>("--name") { Description = "The id under which other nodes know this one. Default: its address." };
        var config = ConfigOption();
        var hostname = HostnameOption();
        var port = Number("--port", 0, 65535, "The port to listen on; 0 for a free one. Default: 0.");
        var peers = new Option<string[]>("--peer") { Description = "HOST:PORT of a node to link with; may be given several times.", Arity = ArgumentArity.OneOrMore };
        var capacity = Number("--capacity", 1, 10_000_000, "Messages kept in data. Default: 100.");
        var cluster = new Option<bool>("--cluster") { Description = "The peers are the members of a cluster, which this node joins or, without --seed, starts." };
        var seeds = new Option<string[]>("--seed") { Description = "HOST:PORT of a member to join; may be given several times.", Arity = ArgumentArity.OneOrMore };
        var listenJson = new Option<string[]>("--listen-json") { Description = "HOST:PORT to await peers on that speak JSON over TCP, such as JavaScript's; may be given several times.", Arity = ArgumentArity.OneOrMore };
        var connectJson = new Option<string[]>("--connect-json") { Description = "HOST:PORT of such a peer to keep connected with; may be given several times.", Arity = ArgumentArity.OneOrMore };
        var http = new Option<string?>("--http") { Description = "HOST:PORT to serve a page, /metrics, /healthz and /api at. Whoever reaches it may read and append: keep to 127.0.0.1.", HelpName = "HOST:PORT" };
        var json = new Option<bool>("--json") { Description = "One JSON object a line on standard output, and nothing else." };
        var command = new Command("run", "Starts a node (the default). Each line of standard input is appended; /help lists the commands.")
        {
            name, config, hostname, port, peers, capacity, cluster, seeds, listenJson, connectJson, http, json,
        };
        command.SetAction(parsed => RunCommand.Run(
            new NodeOptions
            {
                ConfigFile = parsed.GetValue(config),
                Name = parsed.GetValue(name),
                Hostname = parsed.GetValue(hostname),
                Port = parsed.GetValue(port),
                Peers = parsed.GetValue(peers) is { Length: > 0 } given ? given : null,
                Capacity = parsed.GetValue(capacity),
                ListenJson = parsed.GetValue(listenJson) is { Length: > 0 } listens ? listens : null,
                ConnectJson = parsed.GetValue(connectJson) is { Length: > 0 } connects ? connects : null,
                Cluster = parsed.GetValue(cluster),
                Seeds = parsed.GetValue(seeds) is { Length: > 0 } members ? members : null,
            },
            parsed.GetValue(http), parsed.GetValue(json)));
        return command;
    }

    private static Command Send()
    {
        var peer = new Option<string>("--peer") { Description = "HOST:PORT of the node to give the message to.", Required = true };
        var config = ConfigOption();
        var hostname = HostnameOption();
        var timeout = Number("--timeout", 1, 86_400, "Seconds to try. Default: 10.");
        var text = new Argument<string>("TEXT") { Description = "The message." };
        var command = new Command("send", "Joins, appends one message, waits until the peer has it, leaves.") { peer, config, hostname, timeout, text };
        command.SetAction(parsed => SendCommand.Run(
            new NodeOptions { ConfigFile = parsed.GetValue(config), Hostname = parsed.GetValue(hostname), Port = 0 },
            parsed.GetRequiredValue(peer), parsed.GetRequiredValue(text), TimeSpan.FromSeconds(parsed.GetValue(timeout) ?? 10)));
        return command;
    }

    private static Command Demo()
    {
        var nodes = Number("--nodes", 1, 64, "Processes to start. Default: 5.");
        var topology = new Option<string>("--topology") { Description = "How they are linked. Default: ring.", DefaultValueFactory = _ => "ring" };
        topology.AcceptOnlyFromAmong("ring", "line", "star", "complete", "random");
        var messages = Number("--messages", 1, 10_000_000, "Messages in all, spread over the nodes. Default: 1000.");
        var size = Number("--size", DemoMessage.MinSize, 4 << 20, "Bytes of a message. Default: 100.");
        var seed = Number("--seed", 0, int.MaxValue, "Replays a random topology.");
        var json = new Option<bool>("--json") { Description = "One JSON object as the result." };
        var command = new Command("demo", "Starts nodes as real processes, floods them, and counts what each of them got.") { nodes, topology, messages, size, seed, json };
        command.SetAction(parsed => DemoCommand.Run(
            new DemoOptions(
                parsed.GetValue(nodes) ?? 5, Enum.Parse<TopologyKind>(parsed.GetRequiredValue(topology), ignoreCase: true), parsed.GetValue(messages) ?? 1000,
                parsed.GetValue(size) ?? 100, parsed.GetValue(seed) ?? Random.Shared.Next()),
            parsed.GetValue(json)));
        return command;
    }

    /// <summary>One of the demo's processes.</summary>
    private static Command DemoNodeVerb()
    {
        var index = new Option<int>("--index");
        var nodes = new Option<int>("--nodes");
        var messages = new Option<int>("--messages");
        var size = new Option<int>("--size");
        var command = new Command(DemoNode.Verb) { index, nodes, messages, size };
        command.Hidden = true;
        command.SetAction(parsed => DemoNode.Run(parsed.GetValue(index), parsed.GetValue(nodes), parsed.GetValue(messages), parsed.GetValue(size)));
        return command;
    }

    private static Option<string?> ConfigOption() => new("--config") { Description = "A HOCON file; see hocon/. The command line goes over it.", HelpName = "FILE" };

    private static Option<string?> HostnameOption() => new("--hostname") { Description = "The name or address to listen on and to be dialled at. Default: 127.0.0.1." };

    private static Option<int?> Number(string name, int least, int most, string description)
    {
        var option = new Option<int?>(name) { Description = description };
        option.CustomParser = result => Parse(result, name, least, most);
        return option;
    }

    private static int? Parse(ArgumentResult result, string name, int least, int most)
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        if (int.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, null, out var value) && value >= least && value <= most) return value;
        result.AddError($"{name} {text}: it must be a whole number from {least} to {most}.");
        return null;
    }
}
