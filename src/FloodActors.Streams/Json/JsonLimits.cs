namespace FloodActors.Streams.Json;

/// <summary>The limits of a JSON connection.</summary>
/// <param name="MaxBytes">Bytes of the largest value, white space and escapes not counted.</param>
/// <param name="MaxDepth">How deep arrays and objects may be nested.</param>
/// <param name="ValueTimeout">How long a value may take from its first byte to the blank line after it.</param>
/// <param name="Memory">Creates a connection's share of the memory of all connections; null if each connection has only
/// its own.</param>
internal sealed record JsonLimits(int MaxBytes, int MaxDepth, TimeSpan ValueTimeout, Func<ValueMemory>? Memory = null);
