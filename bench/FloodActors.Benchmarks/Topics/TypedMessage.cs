using FloodActors.Benchmarks.Systems;

namespace FloodActors.Benchmarks.Topics;

/// <summary>
/// Numbered messages as records, so that the machinery for bytes also drives and checks typed systems.
/// </summary>
internal static class TypedMessage
{
    /// <summary>Bytes of the message that stands for a record: number and time.</summary>
    public const int Size = TestMessage.MinSize;

    public static Price Of(ReadOnlySpan<byte> message)
    {
        var number = TestMessage.Number(message);
        return new Price("EUR/USD", 1.0954m + (number % 1000), number);
    }

    public static void Deliver(Price price, IReceiver receiver)
    {
        Span<byte> message = stackalloc byte[Size];
        TestMessage.Stamp(message, price.At, 0);
        receiver.OnMessage(message);
    }
}
