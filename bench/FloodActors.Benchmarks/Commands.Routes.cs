using System.CommandLine;
using FloodActors.Benchmarks.Common;
using FloodActors.Benchmarks.Scale;

namespace FloodActors.Benchmarks;

/// <summary>The verb for routes.</summary>
internal static partial class Commands
{
    private static Command RoutesVerb()
    {
        var defaults = new RoutesOptions();
        var topologies = Values(
            "--topology", "Graphs: overlay:RINGS (as clusters make it), and what flood simulate takes. No more than 32 "
            + "nodes are complete, and no more than 100 are in two clusters.",
            defaults.Topologies.ToArray());
        var nodes = Values("--nodes", "Nodes.", defaults.Nodes.ToArray());
        var rates = Values("--rates", "Messages a second, of all nodes; 0 for none.", defaults.Rates.ToArray());
        var faults = Values("--faults", "What fails in mid-traffic; none for nothing.", defaults.Faults.ToArray());
        faults.AcceptOnlyFromAmong([.. RoutesOptions.FaultNames, "none"]);
        var faultRate = Value("--fault-rate", "Messages a second while something fails.", defaults.FaultRate);
        var faultSeconds = Value("--fault-seconds", "How long a fault lasts.", defaults.FaultSeconds);
        var seeds = Value("--seeds", "Faults of each kind, at random nodes.", defaults.Seeds);
        var perSender = Value("--per-sender", "Messages of each sender.", defaults.PerSender);
        var most = Value(
            "--most-payloads", "What the plain flood may send in one run; fewer nodes send where it would be more.",
            defaults.MostPayloads);
        var command = new Command(
            "routes",
            "Routes next to the plain flood in the simulator: payloads, hops and delay of a delivery, and how long "
            + "repairs take.")
        {
            topologies, nodes, rates, faults, faultRate, faultSeconds, seeds, perSender, most, Json, Output,
        };
        command.SetAction(parsed =>
        {
            var result = RoutesCommand.Run(
                new RoutesOptions
                {
                    Topologies = parsed.GetValue(topologies)!,
                    Nodes = parsed.GetValue(nodes)!,
                    Rates = [.. parsed.GetValue(rates)!.Where(rate => rate > 0)],
                    Faults = [.. parsed.GetValue(faults)!.Where(fault => fault != "none")],
                    FaultRate = parsed.GetValue(faultRate),
                    FaultSeconds = parsed.GetValue(faultSeconds),
                    Seeds = parsed.GetValue(seeds),
                    PerSender = parsed.GetValue(perSender),
                    MostPayloads = parsed.GetValue(most),
                },
                Line(parsed));
            Report.Write(result, result.Format(), parsed.GetValue(Json), parsed.GetValue(Output));
            return result.Failed ? 1 : 0;
        });
        return command;
    }
}
