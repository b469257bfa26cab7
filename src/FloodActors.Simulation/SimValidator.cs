namespace FloodActors.Simulation;

/// <summary>
/// Rejects what peers bring at random, and changes its mind whenever it is asked again: whoever asks twice about one
/// message is found out.
/// </summary>
internal sealed class SimValidator(SeededRandom random, int oneIn) : IFloodValidator
{
    public const string Reason = "made up by the simulation";

    public FloodVerdict Check(in FloodCandidate candidate) =>
        candidate.Peer is not null && random.Next(oneIn) == 0 ? FloodVerdict.Reject(Reason) : FloodVerdict.Accept;
}
