namespace FloodActors.Benchmarks.Scale;

/// <summary>Which message it is: the number in a <see cref="Systems.TestMessage"/>.</summary>
/// <param name="Window">The part of the run that it was published in.</param>
/// <param name="Origin">The node that published it.</param>
/// <param name="Number">From 0 on for each window and origin.</param>
internal readonly record struct Ticket(int Window, int Origin, int Number)
{
    public long ToNumber() => ((long)Window << 44) | ((long)Origin << 32) | (uint)Number;

    public static Ticket Of(long number) => new((int)(number >> 44), (int)(number >> 32) & 0xFFF, (int)number);
}
