namespace FloodActors;

/// <summary>Why a node is over.</summary>
public enum FloodEndCause
{
    /// <summary>It left: <see cref="Flood.LeaveAsync"/>, or the actor system shut down.</summary>
    Left,

    /// <summary>Its actor was stopped from outside, without leaving.</summary>
    Stopped,

    /// <summary>It failed. Nothing of it goes on, and nothing restarts it: start another.</summary>
    Failed,
}

/// <summary>How a node ended.</summary>
/// <param name="Cause">Why, for code.</param>
/// <param name="Reason">Why, in words.</param>
public sealed record FloodEnd(FloodEndCause Cause, string Reason);
