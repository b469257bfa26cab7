namespace FloodActors;

/// <summary>
/// A ready validator that limits sizes, the rate of each origin, and who may append to which topic. Everything else
/// passes. The origin of a message is claimed, not proven, so these limits contain faulty nodes, not hostile ones.
/// Against hostile nodes, decide who may link.
/// </summary>
/// <example><code>
/// Flood.Start(system, configure: settings => settings with
/// {
///     Validator = new FloodLimits
///     {
///         MaxSize = 16_384,
///         PerOriginAndSecond = 100,
///         Topics = { ["config"] = new TopicLimits { Origins = ["control-1", "control-2"] } },
///     },
/// });
/// </code></example>
public sealed class FloodLimits : IFloodValidator
{
    /// <summary>The most origins whose rates are remembered.</summary>
    internal const int MaxOrigins = 10_000;

    internal const string TooLarge = "larger than the validator's limit";
    internal const string TooMany = "more from its origin in a second than the validator's limit";
    internal const string WrongOrigin = "its origin may not append to its topic";
    internal const string UnknownTopic = "its topic is not one of those allowed";

    internal int OriginsRemembered => _rates.Count;

    private readonly Dictionary<string, (long Since, int Count)> _rates = new(StringComparer.Ordinal);

    /// <summary>Bytes of an encoded payload at most. Larger ones are rejected.</summary>
    public int MaxSize { get; init; } = int.MaxValue;

    /// <summary>
    /// The most messages of an origin per second. Further ones are ignored, not rejected: the peer that sends them may
    /// be catching up.
    /// </summary>
    public int PerOriginAndSecond { get; init; } = int.MaxValue;

    /// <summary>Limits of single topics.</summary>
    public IDictionary<string, TopicLimits> Topics { get; } =
        new Dictionary<string, TopicLimits>(StringComparer.Ordinal);

    /// <summary>
    /// Whether messages of no topic, or of one that <see cref="Topics"/> does not name, are rejected.
    /// </summary>
    public bool OnlyTheseTopics { get; init; }

    /// <inheritdoc/>
    public FloodVerdict Check(in FloodCandidate candidate)
    {
        if (candidate.Body.Length > MaxSize) return FloodVerdict.Reject(TooLarge);
        if (Topics.Count > 0 || OnlyTheseTopics)
        {
            if (candidate.Topic is { } topic && Topics.TryGetValue(topic, out var limits))
            {
                if (candidate.Body.Length > limits.MaxSize) return FloodVerdict.Reject(TooLarge);
                if (limits.Origins is { } origins && !origins.Contains(candidate.Origin))
                    return FloodVerdict.Reject(WrongOrigin);
            }
            else if (OnlyTheseTopics)
            {
                return FloodVerdict.Reject(UnknownTopic);
            }
        }
        return PerOriginAndSecond == int.MaxValue || IsWithinRate(candidate.Origin, candidate.Now)
            ? FloodVerdict.Accept : FloodVerdict.Ignore(TooMany);
    }

    private bool IsWithinRate(string origin, long now)
    {
        if (!_rates.TryGetValue(origin, out var rate))
        {
            if (_rates.Count >= MaxOrigins) ForgetRates(now);
            rate = (now, 0);
        }
        if (now - rate.Since >= 1000) rate = (now, 0);
        _rates[origin] = (rate.Since, rate.Count + 1);
        return rate.Count < PerOriginAndSecond;
    }

    private void ForgetRates(long now)
    {
        foreach (var (origin, rate) in _rates)
            if (now - rate.Since >= 1000) _rates.Remove(origin);
        // No real flood has this many origins: a peer makes them up. Then all start again.
        if (_rates.Count >= MaxOrigins) _rates.Clear();
    }
}

/// <summary>Limits of a topic, for <see cref="FloodLimits"/>.</summary>
public sealed record TopicLimits
{
    /// <summary>Bytes of an encoded payload at most.</summary>
    public int MaxSize { get; init; } = int.MaxValue;

    /// <summary>Names of the nodes that may append to it; null for all.</summary>
    public IReadOnlyCollection<string>? Origins { get; init; }
}
