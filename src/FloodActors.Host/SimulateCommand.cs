using System.CommandLine;
using FloodActors.Simulation;

namespace FloodActors.Host;

/// <summary><c>flood simulate</c>: what follows is read by the test kit, which knows the options and their ranges.</summary>
internal static class SimulateCommand
{
    public const string Verb = "simulate";

    /// <summary>The verb for <c>flood --help</c>; <see cref="Program"/> hands its options over before they are parsed here.</summary>
    public static Command Create() => new(Verb, "Runs a flood of simulated nodes under virtual time, with faults, and checks every guarantee; see flood simulate --help.");

    public static int Run(IReadOnlyList<string> arguments) => SimulationCommand.Run(arguments, Console.Out, Console.Error);
}
