namespace FloodActors.Streams;

/// <summary>Converts between a stream's values and the flood's messages.</summary>
/// <param name="Decode">A value from the peer as a payload.</param>
/// <param name="SizeOf">About how many bytes it takes; null when that is not known before it is encoded.</param>
/// <param name="Encode">
/// A message as a value for the peer. Throws <see cref="UnsuitableMessageException"/> when there is no such value.
/// </param>
internal sealed record StreamCodec<TIn, TOut>(
    Func<TIn, FloodPayload> Decode, Func<TIn, int?> SizeOf, Func<FloodMessage, TOut> Encode);

/// <summary>A message has no form in a stream. It is reported, and the stream continues.</summary>
internal sealed class UnsuitableMessageException(string reason) : Exception(reason);
