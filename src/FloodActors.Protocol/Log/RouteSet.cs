using System.Numerics;

namespace FloodActors.Core;

/// <summary>A set of routes: a bit for each.</summary>
internal sealed class RouteSet
{
    private ulong[] _words = [];

    public int Count { get; private set; }

    public bool Contains(int route) =>
        route >> 6 < _words.Length && (_words[route >> 6] & (1UL << route)) != 0;

    public bool Add(int route)
    {
        if (Contains(route)) return false;
        if (route >> 6 >= _words.Length) Array.Resize(ref _words, (route >> 6) + 1);
        _words[route >> 6] |= 1UL << route;
        Count++;
        return true;
    }

    public bool Remove(int route)
    {
        if (!Contains(route)) return false;
        _words[route >> 6] &= ~(1UL << route);
        Count--;
        return true;
    }

    /// <summary>How many routes are in both sets.</summary>
    public int CountShared(RouteSet other)
    {
        var count = 0;
        for (var i = 0; i < Math.Min(_words.Length, other._words.Length); i++)
            count += BitOperations.PopCount(_words[i] & other._words[i]);
        return count;
    }

    public void Clear()
    {
        if (Count > 0) Array.Clear(_words);
        Count = 0;
    }

    /// <summary>Removes one route.</summary>
    public bool TryTake(out int route)
    {
        for (var i = 0; Count > 0 && i < _words.Length; i++)
        {
            if (_words[i] == 0) continue;
            route = (i << 6) + BitOperations.TrailingZeroCount(_words[i]);
            return Remove(route);
        }
        route = -1;
        return false;
    }
}
