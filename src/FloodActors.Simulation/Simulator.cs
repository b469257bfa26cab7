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
    /// <param name="progress">Told about once a second.</param>
    /// <exception cref="FloodConfigurationException">A setting is out of range.</exception>
    public static SimulationReport Run(SimulationOptions options, IProgress<SimulationProgress>? progress = null) =>
        new SimWorld(options).Run(progress);

    /// <summary>
    /// Runs a flood without faults, for up to a million nodes and more: about 3 kB and a few microseconds for each.
    /// There are no link protocols between the nodes: what one hands out arrives at the other after the latency.
    /// <see cref="SimulationOptions.EncodedFrames"/>, <see cref="SimulationOptions.BothEndsDial"/>
    /// and <see cref="SimulationOptions.SubscriberDelay"/> mean nothing here.
    /// </summary>
    /// <exception cref="ArgumentException">The options have faults, or a network that loses, repeats, reorders or
    /// limits.</exception>
    public static SimulationReport RunDirect(SimulationOptions options,
        IProgress<SimulationProgress>? progress = null) => new DirectFlood(options).Run(progress);

    internal static SimulationReport Run(SimulationOptions options, Mutation mutation) =>
        new SimWorld(options, mutation).Run();
}
