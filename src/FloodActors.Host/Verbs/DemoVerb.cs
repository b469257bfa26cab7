using System.CommandLine;
using FloodActors.Host.Demo;

namespace FloodActors.Host.Verbs;

/// <summary><c>flood demo</c>, and the hidden verb of the processes that it starts.</summary>
internal static class DemoVerb
{
    public static Command Create()
    {
        var nodes = VerbOptions.Number("--nodes", 1, 64, "N", "How many processes to start. Default: 5.");
        var topology = new Option<string>("--topology")
        {
            Description = "How they are linked. Default: ring.",
            HelpName = "ring|line|star|complete|random",
        };
        topology.AcceptOnlyFromAmong("ring", "line", "star", "complete", "random");
        var messages = VerbOptions.Number(
            "--messages", 1, 10_000_000, "N", "How many messages there are, spread over the nodes. Default: 1000.");
        var size = VerbOptions.Number(
            "--size", DemoMessage.MinSize, 4 << 20, "BYTES", "The size of a message. Default: 100.");
        var seed = VerbOptions.Number("--seed", 0, int.MaxValue, "N", "Repeats a random topology.");
        var json = new Option<bool>("--json") { Description = "Write the result as one JSON object." };
        var command = new Verb(
            "demo",
            "Starts nodes as processes, sends messages through them, and counts what each received.",
            "flood demo",
            "flood demo --topology complete --nodes 8 --messages 10000 --json")
        {
            nodes, topology, messages, size, seed, json,
        };
        command.SetAction(parsed => DemoCommand.Run(
            new DemoOptions(
                parsed.GetValue(nodes) ?? 5,
                Enum.Parse<TopologyKind>(parsed.GetValue(topology) ?? "ring", ignoreCase: true),
                parsed.GetValue(messages) ?? 1000,
                parsed.GetValue(size) ?? 100, parsed.GetValue(seed) ?? Random.Shared.Next()),
            parsed.GetValue(json)));
        return command;
    }

    /// <summary>One of the demo's processes.</summary>
    public static Command CreateNode()
    {
        var index = new Option<int>("--index");
        var nodes = new Option<int>("--nodes");
        var messages = new Option<int>("--messages");
        var size = new Option<int>("--size");
        var command = new Command(DemoNode.Verb) { index, nodes, messages, size };
        command.Hidden = true;
        command.SetAction(
            parsed => DemoNode.Run(
                parsed.GetValue(index), parsed.GetValue(nodes), parsed.GetValue(messages), parsed.GetValue(size)));
        return command;
    }
}
