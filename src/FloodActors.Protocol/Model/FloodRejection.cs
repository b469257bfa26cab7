namespace FloodActors;

/// <summary>Why a message was refused where it was appended. It left nothing behind: no node has it.</summary>
/// <param name="Reason">For programs.</param>
/// <param name="Message">For people: one sentence that names the setting or the change that helps.</param>
public sealed record FloodRejection(RejectReason Reason, string Message);

/// <summary>The kinds of <see cref="FloodRejection"/>.</summary>
public enum RejectReason
{
    /// <summary>The encoded payload is larger than <c>flood.max-message-size</c>.</summary>
    TooLarge,

    /// <summary>Not JSON, or JSON that cannot be carried without altering its value (RFC 7493, I-JSON).</summary>
    InvalidJson,

    /// <summary>The text holds a lone surrogate, so it has no UTF-8 form.</summary>
    InvalidText,

    /// <summary>The object, or something in it, is of a type that <c>flood.hyperion.types</c> does not list.</summary>
    TypeNotAllowed,

    /// <summary>
    /// The object's type is allowed, but this instance cannot be serialized: it is nested too deeply, refers to itself,
    /// or threw.
    /// </summary>
    NotSerializable,

    /// <summary>The node is leaving and takes no new messages.</summary>
    Leaving,

    /// <summary>Too many appends wait already: <c>flood.append-queue</c>.</summary>
    Busy,

    /// <summary>The node has failed; its log entry has the exception.</summary>
    Failed,

    /// <summary>The node's validator refuses it: see <see cref="FloodSettings.Validator"/>.</summary>
    NotAllowed,

    /// <summary>
    /// The key cannot be taken: <c>flood.keys.max-count</c> or <c>flood.keys.max-bytes</c> is reached.
    /// </summary>
    KeysFull,
}
