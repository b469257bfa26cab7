namespace FloodActors.Streams.Json;

/// <summary>What a JSON connection takes.</summary>
/// <param name="MaxBytes">Bytes of the largest value, white space and escapes not counted.</param>
/// <param name="MaxDepth">How deep arrays and objects may be nested.</param>
/// <param name="ValueTimeout">How long a value may take from its first byte to the blank line after it.</param>
/// <param name="Memory">Makes the share of one connection in the memory of all; null where each is by itself.</param>
internal sealed record JsonLimits(int MaxBytes, int MaxDepth, TimeSpan ValueTimeout, Func<ValueMemory>? Memory = null);
