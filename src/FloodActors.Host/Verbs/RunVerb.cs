using System.CommandLine;

namespace FloodActors.Host.Verbs;

/// <summary><c>flood run</c>.</summary>
internal static class RunVerb
{
    public const string Name = "run";

    public static Command Create()
    {
        var name = new Option<string?>("--name")
        {
            Description = "The id under which other nodes know this one. Default: its address.",
            HelpName = "NAME",
        };
        var config = VerbOptions.Config();
        var hostname = VerbOptions.Hostname();
        var port = VerbOptions.Number(
            "--port", 0, 65535, "PORT", "The port to listen on; 0 takes a free one. Default: 0.");
        var peers = VerbOptions.Several("--peer", "HOST:PORT", "A node to link with.");
        var capacity = VerbOptions.Number(
            "--capacity", 1, 10_000_000, "N", "How many messages stay in /data. Default: 100.");
        var messageId = VerbOptions.MessageId();
        var cluster = new Option<bool>("--cluster")
        {
            Description = "Take the peers from an Akka cluster, which this node joins or, without --seed, starts.",
        };
        var seeds = VerbOptions.Several("--seed", "HOST:PORT", "A member of the cluster to join.");
        var discover = new Option<string?>("--discover")
        {
            Description = "Look the peers up under this name with Akka.Discovery: in DNS, or as the file says.",
            HelpName = "NAME",
        };
        var listenJson = VerbOptions.Several(
            "--listen-json",
            "HOST:PORT",
            "Where to listen for peers that speak JSON over TCP, such as those written in JavaScript.");
        var connectJson = VerbOptions.Several("--connect-json", "HOST:PORT", "Such a peer to stay connected with.");
        var http = new Option<string?>("--http")
        {
            Description = "Where to serve a page, /metrics, /healthz and /api. "
                + "Anyone who reaches it can read and append: keep it on 127.0.0.1.",
            HelpName = "HOST:PORT",
        };
        var json = new Option<bool>("--json")
        {
            Description = "Write one JSON object per line to standard output, and nothing else.",
        };
        var command = new Verb(
            Name,
            "Starts a node (the default verb). Each line of standard input is a message; /help lists the commands.",
            "flood --name alice --port 4053",
            "flood --name bob --peer 127.0.0.1:4053",
            "flood --config node.conf --json < lines.txt",
            "flood --http 127.0.0.1:8080 --listen-json 127.0.0.1:9000")
        {
            name, config, hostname, port, peers, capacity, messageId,
            cluster, seeds, discover, listenJson, connectJson, http, json,
        };
        command.SetAction(parsed =>
        {
            var options = new NodeOptions
            {
                ConfigFile = parsed.GetValue(config),
                Name = parsed.GetValue(name),
                Hostname = parsed.GetValue(hostname),
                Port = parsed.GetValue(port),
                Peers = parsed.Given(peers),
                Capacity = parsed.GetValue(capacity),
                MessageId = VerbOptions.MessageIdOf(parsed.GetValue(messageId)),
                ListenJson = parsed.Given(listenJson),
                ConnectJson = parsed.Given(connectJson),
                Cluster = parsed.GetValue(cluster),
                Seeds = parsed.Given(seeds),
                Discover = parsed.GetValue(discover),
            };
            return RunCommand.Run(options, parsed.GetValue(http), parsed.GetValue(json));
        });
        return command;
    }
}
