using FloodActors.Core;

namespace FloodActors.Simulation;

/// <summary>The cost and duration of deliveries. None of it is a guarantee.</summary>
internal sealed partial class Oracle
{
    private readonly DeliveryTally _whole = new();
    private readonly DeliveryTally _secondHalf = new();
    private readonly DeliveryTimes? _times;
    private readonly int[]?[] _distances; // from each author to all nodes

    private bool IsOfSecondHalf(int message) => message >= world.Options.Appends.Count / 2;

    private void NoteSent(int message)
    {
        _whole.Sent();
        if (IsOfSecondHalf(message)) _secondHalf.Sent();
    }

    private void NoteDelivered(SimNode node, FloodMessage entry, MessageRecord message)
    {
        var (delay, extraHops) = (world.Time - message.Appended, 0);
        _hops = Math.Max(_hops, entry.Hops);
        if (_holders.GetValueOrDefault(entry.Author.Incarnation) is NodeRecord { Node.Index: var author })
        {
            var way = (_distances[author] ??= world.Options.Topology.Distances(author))[node.Index];
            extraHops = Math.Max(0, entry.Hops - way);
            _times?.Note(message.Id, author, node.Index, world.Time);
        }
        _whole.Delivered(extraHops, delay);
        if (IsOfSecondHalf(message.Index)) _secondHalf.Delivered(extraHops, delay);
    }
}
