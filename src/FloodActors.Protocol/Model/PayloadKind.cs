namespace FloodActors;

/// <summary>What a message's bytes stand for. The numbers are the wire format.</summary>
public enum PayloadKind : byte
{
    /// <summary>UTF-8 text. A JSON value that is a string is carried as text, so both are the same message.</summary>
    Text = 1,

    /// <summary>A JSON value other than a string, in its canonical form (RFC 8785).</summary>
    Json = 2,

    /// <summary>Bytes as they are.</summary>
    Bytes = 3,

    /// <summary>A .NET object of an allow-listed type, serialized with Hyperion.</summary>
    Object = 4,
}
