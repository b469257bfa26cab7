using System.IO.Hashing;
using System.Text;

namespace FloodActors.Simulation;

/// <summary>
/// Rejects messages from peers at random, and answers differently when it is asked again: so a node that asks twice
/// about one message is detected.
/// </summary>
internal sealed class SimValidator(SeededRandom random, int oneIn) : IFloodValidator
{
    public const string Reason = "made up by the simulation";

    public FloodVerdict Check(in FloodCandidate candidate) =>
        candidate.Peer is not null && random.Next(oneIn) == 0 ? FloodVerdict.Reject(Reason) : FloodVerdict.Accept;
}

/// <summary>
/// Rejects or ignores some values, always the same ones: so it is known which messages may not get past it.
/// </summary>
internal sealed class ContentValidator(int oneIn) : IFloodValidator
{
    public FloodVerdict Check(in FloodCandidate candidate)
    {
        var hash = Hash(candidate.Body.Span, candidate.Key);
        if (hash % (ulong)oneIn != 0) return FloodVerdict.Accept;
        return hash / (ulong)oneIn % 2 == 0
            ? FloodVerdict.Reject("refused by its content") : FloodVerdict.Ignore("ignored by its content");
    }

    public static bool Refuses(ReadOnlySpan<byte> body, string? key, int oneIn) =>
        Hash(body, key) % (ulong)oneIn == 0;

    private static ulong Hash(ReadOnlySpan<byte> body, string? key) =>
        XxHash64.HashToUInt64(body, key is null ? 0 : (long)XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(key)));
}
