using System.Globalization;

namespace FloodActors;

/// <summary>
/// A call of a flood's validator that has not returned. See <see cref="Flood.RunningValidation"/>.
/// </summary>
/// <param name="Duration">How long it has been running.</param>
/// <param name="Topic">The topic of the message; null for none.</param>
/// <param name="Key">The key of the message; null for none.</param>
/// <param name="Origin">The node that appended the message, as the message claims.</param>
/// <param name="Peer">The id of the peer that sent it; null if it is being appended here.</param>
public sealed record RunningValidation(TimeSpan Duration, string? Topic, string? Key, string Origin, string? Peer)
{
    /// <summary>A sentence for logs and health checks.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"the validator has been running for {Duration.TotalSeconds:F1} s for {Subject}, appended on '{Origin}' and "
        + $"{(Peer is null ? "not yet in the log" : $"received from '{Peer}'")}");

    private string Subject => (Topic, Key) switch
    {
        (null, _) => "a message without a topic",
        (_, null) => $"a message of the topic '{Topic}'",
        _ => $"a value of the key '{Key}' of the topic '{Topic}'",
    };
}
