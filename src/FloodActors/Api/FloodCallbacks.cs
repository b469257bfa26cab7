namespace FloodActors;

/// <summary>
/// Functions that the flood calls when something happens. Each is optional. They run one at a time, in order, and not
/// on the flood's own thread.
/// </summary>
public sealed record FloodCallbacks
{
    /// <summary>A message from a peer is new here.</summary>
    public Action<FloodMessage>? OnMessage { get; init; }

    /// <summary>A message is new here: from a peer or appended.</summary>
    public Action<FloodMessage>? OnChange { get; init; }

    /// <summary>A message left <c>data</c> because of capacity.</summary>
    public Action<FloodMessage>? OnDrop { get; init; }

    /// <summary>A link to a peer came up; its id.</summary>
    public Action<string>? OnConnect { get; init; }

    /// <summary>The link to a peer ended; its id, and why.</summary>
    public Action<string, string>? OnDisconnect { get; init; }

    /// <summary>A peer, or this subscriber (null), was too slow; the number of messages it missed.</summary>
    public Action<string?, long>? OnLag { get; init; }

    /// <summary>Every event, including those that have no callback of their own.</summary>
    public Action<FloodEvent>? OnEvent { get; init; }

    /// <summary>Whether drops are wanted at all: only then are they kept for this subscriber.</summary>
    internal bool WantsDrops => OnDrop is not null || OnEvent is not null;
}
