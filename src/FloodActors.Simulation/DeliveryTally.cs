using System.Numerics;

namespace FloodActors.Simulation;

/// <summary>Adds deliveries up. Delays are counted in steps of less than 1%, so that any number of them fits.</summary>
internal sealed class DeliveryTally
{
    private const int Digits = 7;
    private const int Steps = 1 << Digits;

    private readonly long[] _delays = new long[(64 - Digits) * Steps];
    private long _extraHops;
    private int _mostExtraHops;

    public long Deliveries { get; private set; }

    /// <summary>Messages handed to links.</summary>
    public long Payloads { get; private set; }

    /// <summary>Microseconds of the slowest delivery.</summary>
    public long Longest { get; private set; }

    public void Sent() => Payloads++;

    public void Delivered(int extraHops, long micros)
    {
        Deliveries++;
        _extraHops += extraHops;
        _mostExtraHops = Math.Max(_mostExtraHops, extraHops);
        Longest = Math.Max(Longest, micros);
        _delays[StepOf(micros)]++;
    }

    public DeliveryFigures ToFigures() => new()
    {
        Deliveries = Deliveries,
        Payloads = Payloads,
        MeanExtraHops = Deliveries == 0 ? 0 : (double)_extraHops / Deliveries,
        MostExtraHops = _mostExtraHops,
        MedianDelay = Delay(0.5),
        Delay99 = Delay(0.99),
        LongestDelay = TimeSpan.FromMicroseconds(Longest),
    };

    private TimeSpan Delay(double share)
    {
        var rest = (long)Math.Ceiling(Deliveries * share);
        for (var step = 0; step < _delays.Length; step++)
            if ((rest -= _delays[step]) <= 0) return TimeSpan.FromMicroseconds(Math.Min(StartOf(step), Longest));
        return TimeSpan.Zero;
    }

    private static int StepOf(long micros)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)micros) - Digits);
        return (shift * Steps) + (int)(micros >> shift);
    }

    private static long StartOf(int step)
    {
        var shift = Math.Max(0, (step / Steps) - 1);
        return (long)(step - (shift * Steps)) << shift;
    }
}
