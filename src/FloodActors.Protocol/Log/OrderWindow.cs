using FloodActors.Wire;

namespace FloodActors.Core;

/// <summary>
/// How much of the log a peer may have been sent and not taken. Messages that wait there for other messages have left
/// the link's own window, so that answers get through; this window bounds what may wait.
/// </summary>
internal sealed class OrderWindow
{
    /// <summary>The weight of an id, or of a message besides its bytes, while it has to be kept.</summary>
    public const int EachWeight = 64;

    /// <summary>The additional weight of a batch.</summary>
    public const int BatchWeight = 256;

    private readonly Queue<(long Position, long Given)> _handed = new();
    private long _given;
    private long _taken;

    /// <summary>Bytes that may be in flight.</summary>
    public int Limit { get; set; } = int.MaxValue;

    public bool HasRoom => _given - _taken < Limit;

    public static long WeightOf(FloodMessage message) =>
        message.Body.Length + (message.Header?.Length ?? 0) + EachWeight;

    public static long WeightOf(in LinkEntry entry) => entry.TellsIds
        ? (long)entry.IdCount * EachWeight : entry.Body.Length + entry.Header.Length + EachWeight;

    public void Give(long weight) => _given += weight;

    /// <summary>What was handed out so far ends at a position.</summary>
    public void Hand(long position)
    {
        _given += BatchWeight;
        _handed.Enqueue((position, _given));
    }

    public void Taken(long position)
    {
        while (_handed.TryPeek(out var handed) && handed.Position <= position)
        {
            _taken = handed.Given;
            _handed.Dequeue();
        }
    }

    public void Clear()
    {
        _handed.Clear();
        (_given, _taken) = (0, 0);
    }
}
