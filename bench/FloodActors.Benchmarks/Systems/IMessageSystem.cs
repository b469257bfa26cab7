using System.Buffers.Binary;

namespace FloodActors.Benchmarks.Systems;

/// <summary>One node of a system under test.</summary>
internal interface IMessageSystem : IAsyncDisposable
{
    /// <summary>Where others find it.</summary>
    string Address { get; }

    /// <summary>Completes when this node has joined the others.</summary>
    Task Join(Setup setup);

    /// <summary>
    /// Sends one message to all other nodes. Called by one thread, which it may block. The array is used again: what is
    /// kept must be copied.
    /// </summary>
    void Publish(byte[] message);

    /// <summary>Nothing follows for now: sends what is still being gathered.</summary>
    void Flush();

    /// <summary>What the system itself counted, for the report.</summary>
    Task<Dictionary<string, double>> Counters();
}

/// <summary>
/// The messages that travel: number, time of sending, and a filling that makes them no easier to carry.
/// </summary>
internal static class TestMessage
{
    public const int MinSize = 16;

    /// <summary>Numbers below this are probes: they find out who listens already, and count for nothing.</summary>
    public const long FirstProbe = long.MinValue;

    public static byte[] Template(int size)
    {
        var bytes = new byte[Math.Max(size, MinSize)];
        new Random(4711).NextBytes(bytes);
        return bytes;
    }

    public static void Stamp(Span<byte> message, long number, long timestamp)
    {
        BinaryPrimitives.WriteInt64LittleEndian(message, number);
        BinaryPrimitives.WriteInt64LittleEndian(message[8..], timestamp);
    }

    public static long Number(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadInt64LittleEndian(message);

    public static long Timestamp(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadInt64LittleEndian(message[8..]);
}

/// <summary>Told of each message that a node receives, by one thread at a time.</summary>
internal interface IReceiver
{
    void OnMessage(ReadOnlySpan<byte> message);
}
