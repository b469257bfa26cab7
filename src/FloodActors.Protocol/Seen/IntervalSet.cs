using System.Runtime.InteropServices;

namespace FloodActors.Core;

/// <summary>
/// A set of numbers, kept as intervals, for numbers that arrive nearly in order. Never empty; the default value is not a set.
/// </summary>
/// <remarks>
/// The highest interval stands in the struct itself: numbers mostly arrive in order and extend it, and as long as there is no gap it is
/// all there is. The lower ones are a sorted list that exists only while there are gaps. A mutable struct: keep it in a field or an
/// array and use it there.
/// </remarks>
internal struct IntervalSet(ulong first)
{
    private const int FewIntervals = 4;

    private ulong _from = first;
    private ulong _to = first;
    private List<Interval>? _lower;

    /// <summary>How many intervals, at least 1.</summary>
    public readonly int Count => 1 + (_lower?.Count ?? 0);

    /// <summary>Whether the number was added, or lies in a gap that was closed.</summary>
    public readonly bool Contains(ulong number)
    {
        if (number >= _from)
            return number <= _to;
        if (_lower is null)
            return false;
        var above = Above(number);
        return above > 0 && number <= _lower[above - 1].To;
    }

    /// <summary>Adds a number that is not contained.</summary>
    /// <param name="number">The number.</param>
    /// <param name="most">
    /// With more intervals than this the lowest gap is closed: its numbers count as added. The lowest, because numbers missing
    /// for the longest are the least likely to come.
    /// </param>
    /// <returns>How many numbers lay in the gap that was closed; 0 when none was.</returns>
    public ulong Add(ulong number, int most)
    {
        if (number < _from)
        {
            AddBelow(number, most);
        }
        else if (number - 1 == _to)
        {
            _to = number;
        }
        else
        {
            Insert(_lower?.Count ?? 0, new Interval(_from, _to), most);
            _from = _to = number;
        }

        return Count > most ? CloseLowestGap() : 0;
    }

    // No sum or difference here can wrap: each neighbour is strictly above or below the number.
    private void AddBelow(ulong number, int most)
    {
        var above = _lower is null ? 0 : Above(number);
        var under = above - 1;
        var joinsUnder = above > 0 && _lower![under].To + 1 == number;
        var isTop = above == (_lower?.Count ?? 0);
        var joinsAbove = number + 1 == (isTop ? _from : _lower![above].From);
        if (joinsUnder && joinsAbove)
            Merge(under);
        else if (joinsUnder)
            _lower![under] = _lower[under] with { To = number };
        else if (!joinsAbove)
            Insert(above, new Interval(number, number), most);
        else if (isTop)
            _from = number;
        else
            _lower![above] = _lower[above] with { From = number };
    }

    private ulong CloseLowestGap()
    {
        var gap = (_lower!.Count > 1 ? _lower[1].From : _from) - _lower[0].To - 1;
        Merge(0);
        return gap;
    }

    /// <summary>Makes one interval of a lower one and the next above it.</summary>
    private void Merge(int index)
    {
        var from = _lower![index].From;
        if (index == _lower.Count - 1)
            _from = from;
        else
            _lower[index + 1] = _lower[index + 1] with { From = from };
        _lower.RemoveAt(index);
        if (_lower.Count == 0)
            _lower = null;
        else if (_lower.Capacity > FewIntervals && _lower.Count <= _lower.Capacity / 4)
            _lower.Capacity /= 2;
    }

    // The list never takes more room than the intervals allowed: the one too many, before its gap is closed, fits since one is in the struct.
    private void Insert(int index, Interval interval, int most)
    {
        _lower ??= [];
        if (_lower.Count == _lower.Capacity)
            _lower.Capacity = Math.Min(Math.Max(FewIntervals, 2 * _lower.Count), Math.Max(most, _lower.Count + 1));
        _lower.Insert(index, interval);
    }

    /// <summary>The index of the first lower interval that begins above the number.</summary>
    private readonly int Above(ulong number)
    {
        var lower = CollectionsMarshal.AsSpan(_lower);
        var (low, high) = (0, lower.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (lower[middle].From > number)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    private readonly record struct Interval(ulong From, ulong To);
}
