using System.CommandLine;
using FloodActors.Benchmarks.Common;
using FloodActors.Benchmarks.Scale;
using FloodActors.Benchmarks.Systems;

namespace FloodActors.Benchmarks;

/// <summary>The verbs for everyday rates.</summary>
internal static partial class Commands
{
    private static Command ScaleVerb()
    {
        var defaults = new ScaleOptions();
        var systems = Values("--systems", "Which systems take part.", defaults.Systems.ToArray());
        systems.AcceptOnlyFromAmong(ScaleSystems.Names);
        var nodes = Values("--nodes", "Processes.", defaults.Nodes.ToArray());
        var rates = Values("--rates", "Messages a second, of all nodes together.", defaults.Rates.ToArray());
        var idle = Value("--idle-rate", "Messages a second in what counts as idle.", defaults.IdleRate);
        var degree = Value("--degree", "Links of each node above 8 nodes.", defaults.Degree);
        var topology = Value(
            "--topology",
            "Of the flood's links: auto (complete up to 8 nodes, random above), overlay:RINGS (as clusters make it), "
            + "or what flood simulate takes.",
            defaults.Topology);
        var size = Value("--size", "Bytes of a message, at least 16.", defaults.Size);
        var runs = Value("--runs", "Runs of each case; the median counts.", defaults.Runs);
        var seconds = Value("--seconds", "Length of each measured window.", defaults.Seconds);
        var first = Value("--first", "Seconds measured right after the start; 0 for none.", defaults.FirstSeconds);
        var warmUp = Value(
            "--warm-up",
            "The most seconds of warm-up, which ends when hardly anything is compiled; 0 for none.",
            defaults.WarmUpSeconds);
        var akka = OneOf("--akka", "Akka's settings: those of WithFlood's Quiet, or its defaults.", "quiet", "default");
        var hocon = Value("--hocon", "More settings of every node, the last word.", defaults.Hocon);
        AtLeast(size, TestMessage.MinSize);
        AtLeast(runs, 1);
        var command = new Command(
            "scale",
            "Everyday rates over real processes, every node publishing: CPU, delay and wire bytes of a delivery; "
            + "FloodActors, DistributedPubSub, NATS.")
        {
            systems, nodes, rates, idle, degree, topology, size, runs, seconds, first, warmUp, akka, hocon, Json,
            Output,
        };
        command.SetAction(async (parsed, _) =>
        {
            var result = await ScaleCommand.Run(
                new ScaleOptions
                {
                    Systems = parsed.GetValue(systems)!,
                    Nodes = parsed.GetValue(nodes)!,
                    Rates = parsed.GetValue(rates)!,
                    IdleRate = parsed.GetValue(idle),
                    Degree = parsed.GetValue(degree),
                    Topology = parsed.GetValue(topology)!,
                    Size = parsed.GetValue(size),
                    Runs = parsed.GetValue(runs),
                    Seconds = parsed.GetValue(seconds),
                    FirstSeconds = parsed.GetValue(first),
                    WarmUpSeconds = parsed.GetValue(warmUp),
                    Quiet = parsed.GetValue(akka) == "quiet",
                    Hocon = parsed.GetValue(hocon)!,
                },
                Line(parsed));
            Report.Write(result, ScaleCommand.Format(result), parsed.GetValue(Json), parsed.GetValue(Output));
            return result.Failed ? 1 : 0;
        });
        return command;
    }

    private static Command DistanceVerb()
    {
        var defaults = new DistanceOptions();
        string[] names = [.. ScaleSystems.Names.Where(name => name != Contestant.Nats)];
        var systems = Values("--systems", "Which systems take part.", defaults.Systems.ToArray());
        systems.AcceptOnlyFromAmong(names);
        var delay = Value("--delay", "Milliseconds of the way from one node to the other.", defaults.Delay);
        var rates = Values("--rates", "Messages a second.", defaults.Rates.ToArray());
        var size = Value("--size", "Bytes of a message, at least 16.", defaults.Size);
        var seconds = Value("--seconds", "Length of each measured window.", defaults.Seconds);
        var warmUp = Value("--warm-up", "The most seconds of warm-up; 0 for none.", defaults.WarmUpSeconds);
        AtLeast(size, TestMessage.MinSize);
        var command = new Command(
            "distance", "Two nodes with a proxy between them that delays: the slowest message against the way.")
        {
            systems, delay, rates, size, seconds, warmUp, Json, Output,
        };
        command.SetAction(async (parsed, _) =>
        {
            var result = await DistanceCommand.Run(
                new DistanceOptions
                {
                    Systems = parsed.GetValue(systems)!,
                    Delay = parsed.GetValue(delay),
                    Rates = parsed.GetValue(rates)!,
                    Size = parsed.GetValue(size),
                    Seconds = parsed.GetValue(seconds),
                    WarmUpSeconds = parsed.GetValue(warmUp),
                },
                Line(parsed));
            Report.Write(result, DistanceCommand.Format(result), parsed.GetValue(Json), parsed.GetValue(Output));
            return result.Failures.Count > 0 ? 1 : 0;
        });
        return command;
    }

    private static Command BroadcastVerb()
    {
        var defaults = new BroadcastOptions();
        var topologies = Values("--topology", "Graphs, as flood simulate takes them.", defaults.Topologies.ToArray());
        var nodes = Value("--nodes", "Nodes.", defaults.Nodes);
        var latency = Value("--latency", "Milliseconds one way, of each link.", defaults.Latency);
        var rate = Value("--rate", "Operations a second, half of them broadcasts.", defaults.Rate);
        var seconds = Value("--seconds", "Virtual time of broadcasting.", defaults.Seconds);
        var seed = Value("--seed", "Where everything random comes from.", defaults.Seed);
        var command = new Command(
            "broadcast",
            "Maelstrom's broadcast workload in the simulator: payloads an operation, and the slowest delay.")
        {
            topologies, nodes, latency, rate, seconds, seed, Json, Output,
        };
        command.SetAction(parsed =>
        {
            var result = BroadcastCommand.Run(
                new BroadcastOptions
                {
                    Topologies = parsed.GetValue(topologies)!,
                    Nodes = parsed.GetValue(nodes),
                    Latency = parsed.GetValue(latency),
                    Rate = parsed.GetValue(rate),
                    Seconds = parsed.GetValue(seconds),
                    Seed = parsed.GetValue(seed),
                },
                Line(parsed));
            Report.Write(result, BroadcastCommand.Format(result), parsed.GetValue(Json), parsed.GetValue(Output));
            return result.Rows.Any(row => row.Broken is not null) ? 1 : 0;
        });
        return command;
    }

    private static Command ScaleWorkerVerb()
    {
        var command = new Command(ScaleWorker.Verb, "One node that publishes, too; led by lines on stdin.")
        {
            Hidden = true,
        };
        command.SetAction((_, _) => ScaleWorker.Run());
        return command;
    }

    private static Option<T> Value<T>(string name, string description, T standard) =>
        new(name) { Description = description, DefaultValueFactory = _ => standard };

    private static Option<T[]> Values<T>(string name, string description, T[] standard) => new(name)
    {
        Description = description,
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => standard,
    };
}
