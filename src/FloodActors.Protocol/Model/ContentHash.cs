namespace FloodActors;

/// <summary>
/// The hash that names a message by its content (<c>flood.message-id = content</c>). All nodes of a flood must use the
/// same.
/// </summary>
public enum ContentHash
{
    /// <summary>
    /// XXH128: fast, and collisions do not happen by chance. Someone who wants a collision can make one.
    /// </summary>
    XxHash128,

    /// <summary>
    /// SHA-256, the first 128 bits: for floods that take messages from people who may want a collision.
    /// </summary>
    Sha256,
}
