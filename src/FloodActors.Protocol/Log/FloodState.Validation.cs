using FloodActors.Wire;

namespace FloodActors.Core;

/// <summary>The messages of a peer that did not pass.</summary>
internal sealed class RefusalTally
{
    /// <summary>
    /// Reasons that are counted separately; the rest is counted together, since a validator may use any number of
    /// reasons.
    /// </summary>
    internal const int MaxReasons = 16;

    internal const string Others = "other reasons";

    private const long WindowMs = 60_000;

    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private long _since;
    private int _rejected;

    /// <summary>Why its link is to end; null if it is not to end.</summary>
    public string? Offence { get; set; }

    /// <summary>By reason.</summary>
    public IReadOnlyDictionary<string, long> Counts => new Dictionary<string, long>(_counts);

    public void Count(in FloodVerdict verdict, long now, int mostRejected)
    {
        var reason = _counts.Count < MaxReasons || _counts.ContainsKey(verdict.Reason) ? verdict.Reason : Others;
        _counts[reason] = _counts.GetValueOrDefault(reason) + 1;
        if (verdict.Kind != VerdictKind.Reject) return;
        if (now - _since >= WindowMs) (_since, _rejected) = (now, 0);
        if (++_rejected <= mostRejected) return;
        Offence = $"it sent {_rejected} messages within a minute that the validator rejected (flood.max-rejected = "
            + $"{mostRejected}), the last of them because: {reason}";
    }
}

/// <summary>Messages that may not pass. docs/decisions/23-what-a-message-carries.md says what holds for them.</summary>
internal sealed partial class FloodState
{
    /// <summary>
    /// Why an append here may not pass; null when it may. To be called before <see cref="Append"/>.
    /// </summary>
    public FloodRejection? Objection(in AppendRequest request)
    {
        if (_settings.Validator is not { } validator) return null;
        var verdict = validator.Check(
            new FloodCandidate(request.Kind, request.Body, request.Header, Self, peer: null, hops: 0, Now));
        return verdict.Kind == VerdictKind.Accept
            ? null
            : new FloodRejection(
                RejectReason.NotAllowed, $"This node's validator refuses the message: {verdict.Reason}");
    }

    /// <summary>
    /// Whether a new message, or a newer value of a key, may not pass. The message is remembered as seen: taken later,
    /// over another link, it would come after the answers to it.
    /// </summary>
    private bool IsRefused(PeerCursor from, in LinkEntry entry, in MessageId id, long now)
    {
        if (_settings.Validator is not { } validator) return false;
        var isValue = entry.Type == RecordType.Keyed;
        if (!isValue && _seen.Contains(id, now, out _)) return false;
        var verdict = validator.Check(
            new FloodCandidate(entry.Kind, entry.Body, entry.Header, entry.Author, from.Id, entry.Hops, now));
        if (verdict.Kind == VerdictKind.Accept) return false;
        if (!isValue)
        {
            // A message for which the seen-set has no room cannot be taken, whatever the validator says, and that is
            // the reason.
            if (_seen.TryAdd(id, SeenSet.NoPosition, now, from.Slot, out _) != SeenResult.New) return false;
            TellForgotten();
        }
        Note(from, verdict, id, now);
        return true;
    }

    private void Note(PeerCursor from, in FloodVerdict verdict, in MessageId id, long now)
    {
        (from.Refusals ??= new RefusalTally()).Count(verdict, now, _settings.MaxRejected);
        if (verdict.Kind == VerdictKind.Ignore)
        {
            Counters.Ignored++;
        }
        else
        {
            Counters.RejectedFromPeer++;
            Refuse(from, id, EventTopic.Rejected, verdict.Reason);
        }
    }
}
