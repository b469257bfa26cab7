using System.CommandLine;
using FloodActors.Simulation;

namespace FloodActors.Host.Verbs;

/// <summary>
/// <c>flood simulate</c>: the options are named here, for help, completion and misspelt names; the simulator
/// reads their values and checks their ranges.
/// </summary>
internal static class SimulateVerb
{
    public const string Name = "simulate";

    private static readonly (string Name, string HelpName, string Description)[] Valued =
    [
        ("--nodes", "N", "How many nodes there are. Default: 100."),
        ("--topology", "T", "line, ring, star, complete, tree[:BRANCHES], grid[:WIDTH], random[:DEGREE], "
            + "small-world[:DEGREE] "
            + "or clusters[:BRIDGES]. Default: random:5."),
        ("--messages", "N", "How many messages there are, each from a random node. Default: 100."),
        ("--size", "BYTES", "The size of a message. Default: 100."),
        ("--interval", "MS", "The time between two messages. Default: 10."),
        ("--latency", "MS", "The latency of every link. Default: 1."),
        ("--jitter", "MS", "How much the latency varies. Default: 0."),
        ("--loss", "P", "The share of link messages that are lost, 0 to 1. Default: 0."),
        ("--duplicate", "P", "The share of link messages that arrive twice. Default: 0."),
        ("--reorder", "P", "The share of link messages that arrive late. Default: 0."),
        ("--bandwidth", "BYTES", "Bytes a second in each direction of a link. Default: no limit."),
        ("--redundancy", "N|all", "How many copies each node wants beside the first; all is the plain flood. With "
            + "faults the run is compared with the plain flood. Default: 0."),
        ("--capacity", "N", "How many messages each node keeps. Default: all of them."),
        ("--message-id", "content|sequence", "What makes a message new. Default: content."),
        ("--seed", "N", "Where everything random comes from; the same seed is the same run. Default: 1."),
        ("--schedules", "N", "Run N random schedules with all faults instead, from --seed on; one that fails is "
            + "made as small "
            + "as possible."),
        ("--parallel", "N", "With --schedules: how many run at a time. Default: 1."),
    ];

    private static readonly (string Name, string HelpName, string Description)[] Repeated =
    [
        ("--partition", "AT:FOR[:SHARE]",
            "From AT, for FOR seconds, nothing passes between a SHARE of the nodes (0.5) and the "
            + "others."),
        ("--crash", "AT:FOR:NODE", "A node ends at AT, and starts again with nothing after FOR seconds."),
        ("--freeze", "AT:FOR:NODE", "A node stands still from AT for FOR seconds."),
        ("--blackhole", "AT:FOR:NODE", "From AT, for FOR seconds, nothing passes between a node and the others."),
        ("--slow-link", "AT:FOR:NODE:NEIGHBOUR:MS",
            "From AT, for FOR seconds, what passes between the two takes MS longer."),
    ];

    public static Command Create()
    {
        var command = new Verb(
            Name,
            "Runs a flood of simulated nodes under virtual time, with faults, and checks every guarantee.",
            "flood simulate --nodes 1000 --topology small-world:6 --loss 0.01",
            "flood simulate --schedules 500 --seed 7");
        foreach (var (name, helpName, description) in Valued)
            command.Add(new Option<string?>(name) { Description = description, HelpName = helpName });
        foreach (var (name, helpName, description) in Repeated)
            command.Add(VerbOptions.Several(name, helpName, description));
        command.Add(
            new Option<bool>("--direct")
            {
                Description = "Leave out the link protocol: for very many nodes, without faults.",
            });
        command.Add(new Option<bool>("--json") { Description = "Write the report as one JSON object." });
        command.SetAction(
            parsed => SimulationCommand.Run(
                [.. parsed.Tokens.Skip(1).Select(token => token.Value)], Console.Out, Console.Error));
        return command;
    }
}
