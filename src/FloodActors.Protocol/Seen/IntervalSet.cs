using System.Runtime.InteropServices;

namespace FloodActors.Core;

/// <summary>
/// A set of numbers, kept as intervals, for numbers that arrive nearly in order. Never empty; the default value is not
/// a set.
/// </summary>
/// <remarks>
/// <para>The highest interval is in the struct itself: numbers mostly arrive in order and extend it, and
/// without gaps it is the only one. The lower ones are a sorted list that exists only while there are gaps,
/// or if some were closed. A mutable struct: keep it in a field or an array and use it there.</para>
/// <para><b>The gap to close</b> when there are too many is the lowest, because numbers missing for the longest are the
/// least likely to come. But a lying peer can send numbers far ahead in an origin's name, until the lowest gap is the
/// one that the origin itself is about to fill: closing it would silence the origin. So no gap is closed if an interval
/// below it has received more numbers than any single interval above that one; and if all have the same count, the
/// lowest is not closed. So a handful of numbers no longer silences an origin: it takes a run as long as the origin has
/// sent itself. Among numbers that were merely lost this protects a few more gaps than needed, since each such interval
/// outweighs every one above it.</para>
/// </remarks>
internal struct IntervalSet(ulong first)
{
    private const int FewIntervals = 4;

    private ulong _from = first;
    private ulong _to = first;
    private Lower? _lower;

    /// <summary>The number of intervals, at least 1.</summary>
    public readonly int Count => 1 + (_lower?.Count ?? 0);

    /// <summary>The highest number.</summary>
    public readonly ulong Highest => _to;

    /// <summary>Whether the number was added, or is in a gap that was closed.</summary>
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
    /// With more intervals than this a gap is closed: its numbers count as added.
    /// </param>
    /// <returns>How many numbers were in the gap that was closed; 0 if none was.</returns>
    public ulong Add(ulong number, int most)
    {
        if (number < _from)
        {
            AddBelow(number, most);
        }
        else if (number - 1 == _to)
        {
            _to = number;
            if (_lower is not null)
                _lower.CameIntoTop++;
        }
        else
        {
            Insert(_lower?.Count ?? 0, new Interval(_from, _to, _lower?.CameIntoTop ?? (_to - _from + 1)), most);
            _from = _to = number;
            _lower!.CameIntoTop = 1;
        }

        return Count > most ? CloseGap() : 0;
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
        {
            Merge(under, _lower![under].Came + CameInto(above) + 1);
        }
        else if (joinsUnder)
        {
            _lower![under] = _lower[under] with { To = number, Came = _lower[under].Came + 1 };
        }
        else if (!joinsAbove)
        {
            Insert(above, new Interval(number, number, 1), most);
        }
        else if (isTop)
        {
            _from = number;
            if (_lower is not null)
                _lower.CameIntoTop++;
        }
        else
        {
            _lower![above] = _lower[above] with { From = number, Came = _lower[above].Came + 1 };
        }
    }

    private ulong CloseGap()
    {
        var index = AboveWhichToClose();
        var gap = (index + 1 < _lower!.Count ? _lower[index + 1].From : _from) - _lower[index].To - 1;
        // Not the sum: an interval merged from many must not outweigh the weightiest of them.
        Merge(index, Math.Max(_lower[index].Came, CameInto(index + 1)));
        return gap;
    }

    private readonly int AboveWhichToClose()
    {
        var lower = CollectionsMarshal.AsSpan(_lower);
        var (lowest, secondLowest) = (-1, -1);
        var most = _lower!.CameIntoTop;
        for (var i = lower.Length - 1; i >= 0; i--)
        {
            if (lower[i].Came <= most)
                (lowest, secondLowest) = (i, lowest);
            most = Math.Max(most, lower[i].Came);
        }

        if (lowest == 0 && lower[0].Came == most)
            lowest = secondLowest;
        if (lowest >= 0)
            return lowest;
        return Math.Min(1, lower.Length - 1);
    }

    private readonly ulong CameInto(int index) => index == _lower!.Count ? _lower.CameIntoTop : _lower[index].Came;

    /// <summary>Merges a lower interval with the next above it.</summary>
    private void Merge(int index, ulong came)
    {
        var from = _lower![index].From;
        if (index == _lower.Count - 1)
            (_from, _lower.CameIntoTop) = (from, came);
        else
            _lower[index + 1] = _lower[index + 1] with { From = from, Came = came };
        _lower.RemoveAt(index);
        if (_lower.Count == 0 && _lower.CameIntoTop == _to - _from + 1)
            _lower = null;
        else if (_lower.Capacity > FewIntervals && _lower.Count <= _lower.Capacity / 4)
            _lower.Capacity /= 2;
    }

    // The list never takes more room than the permitted intervals: the excess one, before its gap is closed, fits
    // because one is in the struct.
    private void Insert(int index, Interval interval, int most)
    {
        if (_lower is null)
            _lower = new Lower { CameIntoTop = _to - _from + 1 };
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

    /// <param name="From">Its first number.</param>
    /// <param name="To">Its last number.</param>
    /// <param name="Came">How many of its numbers were added: not those of gaps that were closed.</param>
    private readonly record struct Interval(ulong From, ulong To, ulong Came);

    private sealed class Lower : List<Interval>
    {
        /// <summary>
        /// Like <see cref="Interval.Came"/>, for the highest interval. Without a list: its length.
        /// </summary>
        public ulong CameIntoTop;
    }
}
