namespace FloodActors;

/// <summary>Why a node ended.</summary>
public enum FloodEndCause
{
    /// <summary>It left: <see cref="Flood.LeaveAsync"/>, or the actor system shut down.</summary>
    Left,

    /// <summary>Its actor was stopped from outside, without leaving.</summary>
    Stopped,

    /// <summary>It failed and is not restarted; start another one.</summary>
    Failed,
}

/// <summary>How a node ended.</summary>
/// <param name="Cause">The reason, for code.</param>
/// <param name="Reason">The reason, for people.</param>
public sealed record FloodEnd(FloodEndCause Cause, string Reason);
