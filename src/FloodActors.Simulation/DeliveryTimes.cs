using System.Runtime.InteropServices;

namespace FloodActors.Simulation;

/// <summary>When each message first came to each node.</summary>
internal sealed class DeliveryTimes(int nodes)
{
    private readonly Dictionary<MessageId, Row> _rows = [];

    public void Note(in MessageId id, int author, int node, long micros)
    {
        ref var row = ref CollectionsMarshal.GetValueRefOrAddDefault(_rows, id, out var isKnown);
        if (!isKnown) row = new Row(author, new long[nodes]);
        if (row.Times[node] == 0) row.Times[node] = micros;
    }

    /// <summary>
    /// The most by which a message came to a node later here than in the other run; zero if none came later. Messages
    /// from or to nodes that have a part in a fault are separate.
    /// </summary>
    public (TimeSpan Others, TimeSpan AtFault) LongestWaitBeyond(DeliveryTimes other, HashSet<int> atFault)
    {
        var (others, faulty) = (0L, 0L);
        foreach (var (id, here) in _rows)
        {
            if (!other._rows.TryGetValue(id, out var there)) continue;
            for (var node = 0; node < nodes; node++)
            {
                if (here.Times[node] == 0 || there.Times[node] == 0) continue;
                var wait = here.Times[node] - there.Times[node];
                if (atFault.Contains(node) || atFault.Contains(here.Author)) faulty = Math.Max(faulty, wait);
                else others = Math.Max(others, wait);
            }
        }
        return (TimeSpan.FromMicroseconds(others), TimeSpan.FromMicroseconds(faulty));
    }

    private readonly record struct Row(int Author, long[] Times);
}
