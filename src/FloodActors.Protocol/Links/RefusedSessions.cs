using System.Diagnostics.CodeAnalysis;

namespace FloodActors.Links;

/// <summary>
/// The hellos that were refused last. A dialler may say hello again before it hears of the refusal, and then it has
/// given up that session. If the second hello were taken for a new one, it would make a link that nobody uses, and take
/// up a place until it times out.
/// </summary>
internal sealed class RefusedSessions
{
    /// <summary>Remembered at most.</summary>
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
