namespace FloodActors.Simulation;

/// <summary>
/// Runs floods under virtual time, in one thread, from one seed. The nodes are the library's own: the same log,
/// seen-set, rule, links and wire format that run under the actors; only clocks, sockets and actors are simulated.
/// After every step each guarantee is checked.
/// </summary>
public static class Simulator
{
    /// <summary>Runs a simulation to its end, or to the first guarantee that does not hold.</summary>
    /// <param name="options">Everything it depends on.</param>
    /// <param name="progress">Called about once a second.</param>
    /// <exception cref="FloodConfigurationException">A setting is out of range.</exception>
    public static SimulationReport Run(SimulationOptions options, IProgress<SimulationProgress>? progress = null) =>
        new SimWorld(options).Run(progress);

    /// <summary>
    /// Runs a flood without faults, for up to a million nodes and more: about 3 kB and a few microseconds for each.
    /// There are no link protocols between the nodes: messages that one hands out arrive at the other after the
    /// latency.
    /// <see cref="SimulationOptions.EncodedFrames"/>, <see cref="SimulationOptions.BothEndsDial"/>
    /// and <see cref="SimulationOptions.SubscriberDelay"/> have no effect here.
    /// </summary>
    /// <exception cref="ArgumentException">The options have faults, or a network that loses, repeats, reorders or
    /// limits.</exception>
    public static SimulationReport RunDirect(SimulationOptions options,
        IProgress<SimulationProgress>? progress = null) => new DirectFlood(options).Run(progress);

    /// <summary>
    /// Runs a simulation, and the same as a plain flood (<c>flood.redundancy = all</c>): the report says how much
    /// longer a delivery took at most. The plain flood uses every path, so nothing can be faster.
    /// </summary>
    /// <inheritdoc cref="Run(SimulationOptions, IProgress{SimulationProgress}?)"/>
    /// <returns>The report of the given simulation, with <see cref="SimulationReport.RepairTime"/>.</returns>
    public static SimulationReport RunBesideFlood(
        SimulationOptions options, IProgress<SimulationProgress>? progress = null)
    {
        var report = Run(options with { NotesTimes = true }, progress);
        return report.Beside(Run(options.AsPlainFlood() with { NotesTimes = true }, progress), options);
    }

    internal static SimulationReport Run(SimulationOptions options, Mutation mutation) =>
        new SimWorld(options, mutation).Run();
}
