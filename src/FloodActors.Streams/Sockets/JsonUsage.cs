using System.Runtime.CompilerServices;
using FloodActors.Streams.Json;

namespace FloodActors.Streams.Sockets;

/// <summary>
/// What all JSON connections of one flood use together. Each listener has its own limits; the shared counts
/// are here.
/// </summary>
internal sealed class JsonUsage
{
    private static readonly ConditionalWeakTable<Flood, JsonUsage> All = [];

    private int _accepted;

    /// <summary>The memory of unfinished values.</summary>
    public ValueBudget Values { get; } = new();

    public static JsonUsage Of(Flood flood) => All.GetOrCreateValue(flood);

    /// <summary>Takes a place for an accepted connection, if fewer places than the limit are taken.</summary>
    public bool TryEnter(int limit)
    {
        while (true)
        {
            var accepted = Volatile.Read(ref _accepted);
            if (accepted >= limit) return false;
            if (Interlocked.CompareExchange(ref _accepted, accepted + 1, accepted) == accepted) return true;
        }
    }

    public void Leave() => Interlocked.Decrement(ref _accepted);
}
