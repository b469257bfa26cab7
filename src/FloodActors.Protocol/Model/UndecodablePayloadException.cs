namespace FloodActors;

/// <summary>
/// A payload that arrived cannot be turned back into a value: its bytes are not what its kind says, or its type is not
/// allowed here. The only exception that decoding raises, whatever the bytes are.
/// </summary>
public sealed class UndecodablePayloadException : Exception
{
    /// <summary>Says what is wrong with the bytes.</summary>
    public UndecodablePayloadException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong with the bytes, and what reading them raised.</summary>
    public UndecodablePayloadException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
