using System.Diagnostics.CodeAnalysis;

namespace FloodActors.Links;

/// <summary>
/// The hellos that were refused last. A dialler may repeat its hello before it hears of the refusal, and then it
/// gives up that session. If the second hello counted as a new one, it would create a link that nobody uses and that
/// takes up a place until it times out.
/// </summary>
internal sealed class RefusedSessions
{
    /// <summary>The most sessions remembered.</summary>
    internal const int Limit = 256;

    private readonly Dictionary<ulong, EndOfLink> _why = [];
    private readonly Queue<ulong> _order = new();

    public void Add(ulong session, EndOfLink why)
    {
        if (!_why.TryAdd(session, why)) return;
        _order.Enqueue(session);
        if (_order.Count > Limit) _why.Remove(_order.Dequeue());
    }

    public bool TryFind(ulong session, [MaybeNullWhen(false)] out EndOfLink why) => _why.TryGetValue(session, out why);
}
