namespace FloodActors.Core;

/// <summary>
/// Appends that were refused on the caller's thread, by reason. A refusal only increments a counter: the node is told
/// that there are some, not of
/// each. Counting is thread-safe; everything else belongs to the node.
/// </summary>
internal sealed class Refusals
{
    private const long QuietMs = 1000;

    private static readonly int Reasons = Enum.GetValues<RejectReason>().Length;

    private readonly long[] _counts = new long[Reasons];
    private readonly FloodRejection?[] _latest = new FloodRejection?[Reasons];
    private readonly long[] _told = new long[Reasons];
    private readonly long[] _toldAt = new long[Reasons];
    private int _poked;

    /// <summary>
    /// Counts refusals of one reason. Returns whether the node is to be told, because it has not been told since it
    /// last looked.
    /// </summary>
    public bool Count(FloodRejection rejection, int times = 1)
    {
        if (times == 0) return false;
        Volatile.Write(ref _latest[(int)rejection.Reason], rejection);
        Interlocked.Add(ref _counts[(int)rejection.Reason], times);
        return Volatile.Read(ref _poked) == 0 && Interlocked.Exchange(ref _poked, 1) == 0;
    }

    /// <summary>The count of each reason that has occurred.</summary>
    public IReadOnlyDictionary<RejectReason, long> All() =>
        Enum.GetValues<RejectReason>().Where(reason => Of(reason) > 0).ToDictionary(reason => reason, Of);

    public long Of(RejectReason reason) => Volatile.Read(ref _counts[(int)reason]);

    /// <summary>Reports what is due: each reason at once when it is new, then at most once a second.</summary>
    public void Tell(long now, Action<MessageRejected> tell)
    {
        Volatile.Write(ref _poked, 0);
        for (var reason = 0; reason < Reasons; reason++)
        {
            var count = Volatile.Read(ref _counts[reason]) - _told[reason];
            if (count == 0 || (_told[reason] > 0 && now - _toldAt[reason] < QuietMs)) continue;
            _told[reason] += count;
            _toldAt[reason] = now;
            tell(new MessageRejected(Volatile.Read(ref _latest[reason])!, count));
        }
    }
}
