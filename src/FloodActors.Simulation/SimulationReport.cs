using System.Globalization;
using System.Text;

namespace FloodActors.Simulation;

/// <summary>The guarantees that a simulation checks; the README explains them.</summary>
public enum Guarantee
{
    /// <summary>A node delivers a message at most once.</summary>
    Once,

    /// <summary>Every node delivers every message that no report excuses.</summary>
    Everywhere,

    /// <summary>An answer never arrives before its question.</summary>
    InOrder,

    /// <summary>Memory stays within capacity, max-lag and a window for each peer.</summary>
    Bounded,

    /// <summary>A message that does not reach a node is counted and raised as an event.</summary>
    NothingSilent,

    /// <summary>At most 2E-N+1 transmissions for each message; none back to where it came from.</summary>
    Cheap,

    /// <summary>A dead peer is noticed within peer-timeout; after a fault has ended, traffic resumes.</summary>
    Alive,
}

/// <summary>A guarantee that did not hold.</summary>
/// <param name="Guarantee">Which.</param>
/// <param name="Text">What happened, in words.</param>
/// <param name="At">Virtual time.</param>
public sealed record Violation(Guarantee Guarantee, string Text, TimeSpan At)
{
    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Guarantee} at {At.TotalSeconds:0.000} s: {Text}");
}

/// <summary>A simulation broke a guarantee. The message contains everything that is needed to repeat the run.</summary>
public sealed class GuaranteeBrokenException(string message) : Exception(message);

/// <summary>The result of a simulation.</summary>
public sealed record SimulationReport
{
    /// <summary>The seed it ran with.</summary>
    public required ulong Seed { get; init; }

    /// <summary>A hash over every event: equal for two runs that were the same.</summary>
    public ulong TraceHash { get; init; }

    /// <summary>The first guarantee that did not hold; null when all did.</summary>
    public Violation? Broken { get; init; }

    /// <summary>Messages created.</summary>
    public long Messages { get; init; }

    /// <summary>Messages that were new to a node that got them from a peer.</summary>
    public long Deliveries { get; init; }

    /// <summary>Messages handed to links.</summary>
    public long Transmissions { get; init; }

    /// <summary>Messages that arrived at a node that had them already.</summary>
    public long Duplicates { get; init; }

    /// <summary>Messages that nodes passed over because a peer lagged, and reported.</summary>
    public long Skipped { get; init; }

    /// <summary>The most links that a message crossed.</summary>
    public int Hops { get; init; }

    /// <summary>From an append to its last delivery, for the slowest message.</summary>
    public TimeSpan TimeToLast { get; init; }

    /// <summary>The cost and duration of deliveries; null without the link protocol.</summary>
    public DeliveryFigures? Whole { get; init; }

    /// <summary>
    /// The same for the second half of the messages: by then every author's messages go over a tree, unless there are
    /// many authors and few messages.
    /// </summary>
    public DeliveryFigures? SecondHalf { get; init; }

    /// <summary>
    /// The most that a delivery took longer than in the plain flood with the same faults: the time of a repair. Null if
    /// it was not compared. Excludes messages from and to nodes that had a part in a fault.
    /// </summary>
    public TimeSpan? RepairTime { get; init; }

    /// <summary>The same for messages from and to nodes that had a part in a fault.</summary>
    public TimeSpan? RepairTimeAtFault { get; init; }

    /// <summary>For those who compare runs.</summary>
    internal DeliveryTimes? Times { get; init; }

    /// <summary>The most messages that a node held at once, and their bytes.</summary>
    public long PeakLogMessages { get; init; }

    /// <inheritdoc cref="PeakLogMessages"/>
    public long PeakLogBytes { get; init; }

    /// <summary>Nodes alive at the end that had every message.</summary>
    public int NodesWithAll { get; init; }

    /// <summary>Link messages lost through loss, cuts, crashes and full mailboxes.</summary>
    public long FramesLost { get; init; }

    /// <summary>Retransmitted frames.</summary>
    public long FramesResent { get; init; }

    /// <summary>Links that were up and ended, by cause, at each of their ends.</summary>
    public IReadOnlyDictionary<LinkEnd, long> LinkEnds { get; init; } = new Dictionary<LinkEnd, long>();

    /// <summary>Events simulated.</summary>
    public long Events { get; init; }

    /// <summary>Virtual time from the start to the end.</summary>
    public TimeSpan VirtualTime { get; init; }

    /// <summary>Real time that creating the nodes took, if it is counted separately.</summary>
    public TimeSpan SetUpTime { get; init; }

    /// <summary>Real time that the run took. The times are the only figures that differ between runs.</summary>
    public TimeSpan RealTime { get; init; }

    /// <summary>Processor time that the run took: the time that one dedicated core would need.</summary>
    public TimeSpan CpuTime { get; init; }

    /// <summary>Duplicates for each delivery.</summary>
    public double DuplicatesPerDelivery => Deliveries == 0 ? 0 : (double)Duplicates / Deliveries;

    /// <summary>Events simulated in a second of processor time.</summary>
    public double EventsPerSecond => Events / Math.Max(CpuTime.TotalSeconds, 1e-9);

    /// <summary>Throws when a guarantee was broken.</summary>
    /// <exception cref="GuaranteeBrokenException">One was.</exception>
    public SimulationReport Verify() =>
        Broken is null ? this : throw new GuaranteeBrokenException($"Seed {Seed}: {Broken}");

    /// <summary>The same report, with a comparison with the plain flood's.</summary>
    internal SimulationReport Beside(SimulationReport flood, SimulationOptions options)
    {
        if (Times is null || flood.Times is null) throw new InvalidOperationException("No times were noted.");
        var (others, atFault) = Times.LongestWaitBeyond(flood.Times, options.NodesAtFault);
        return this with { RepairTime = others, RepairTimeAtFault = atFault };
    }

    /// <summary>A table for people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in Rows()) text.Append(name.PadRight(26)).AppendLine(value);
        return text.ToString();
    }

    private static string Ms(TimeSpan time) => time.TotalMilliseconds.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Of(double whole, double half, string format, string more) =>
        $"{whole.ToString(format, CultureInfo.InvariantCulture)}{more} "
        + $"({half.ToString(format, CultureInfo.InvariantCulture)} in the second half)";

    private IEnumerable<(string Name, string Value)> Rows()
    {
        var culture = CultureInfo.InvariantCulture;
        yield return ("seed", Seed.ToString(culture));
        yield return ("guarantees", Broken is null ? "all held" : $"BROKEN: {Broken}");
        yield return ("messages", Messages.ToString("N0", culture));
        yield return ("deliveries", Deliveries.ToString("N0", culture));
        yield return ("transmissions", Transmissions.ToString("N0", culture));
        yield return ("duplicates per delivery", DuplicatesPerDelivery.ToString("0.000", culture));
        if (Whole is { } whole && SecondHalf is { } half)
        {
            yield return ("payloads per delivery",
                Of(whole.PayloadsPerDelivery, half.PayloadsPerDelivery, "0.000", ""));
            yield return ("hops beyond the shortest",
                Of(whole.MeanExtraHops, half.MeanExtraHops, "0.000", $", {whole.MostExtraHops} at most"));
            yield return ("delay of a delivery",
                string.Create(culture, $"p50 {Ms(whole.MedianDelay)}, p99 {Ms(whole.Delay99)}, max ")
                + string.Create(culture, $"{Ms(whole.LongestDelay)} ms (second half {Ms(half.MedianDelay)}, ")
                + string.Create(culture, $"{Ms(half.Delay99)}, {Ms(half.LongestDelay)})"));
        }
        if (RepairTime is { } repair)
            yield return ("repair time", string.Create(
                culture,
                $"{Ms(repair)} ms longer than the plain flood; of nodes at fault "
                + $"{Ms(RepairTimeAtFault ?? default)} ms"));
        yield return ("skipped and reported", Skipped.ToString("N0", culture));
        yield return ("hops to the last node", Hops.ToString(culture));
        yield return ("time to the last node", string.Create(culture, $"{TimeToLast.TotalMilliseconds:0.###} ms"));
        yield return ("peak log", string.Create(culture, $"{PeakLogMessages:N0} messages, {PeakLogBytes:N0} bytes"));
        yield return ("nodes with everything", NodesWithAll.ToString("N0", culture));
        yield return ("link messages lost", FramesLost.ToString("N0", culture));
        yield return ("frames sent again", FramesResent.ToString("N0", culture));
        yield return ("virtual time", string.Create(culture, $"{VirtualTime.TotalSeconds:0.000} s"));
        yield return ("real time",
            string.Create(culture,
                $"{RealTime.TotalSeconds:0.000} s; {Events:N0} events in {CpuTime.TotalSeconds:0.000} s of one core, "
                + $"{EventsPerSecond:N0} a second"));
        yield return ("trace", TraceHash.ToString("x16", culture));
    }
}
