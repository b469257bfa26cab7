using System.Net;

namespace FloodActors.Streams;

/// <summary>How peers over TCP take part in a flood. The defaults are those of <c>flood-streams.json</c> in <c>reference.conf</c>.</summary>
public sealed record JsonPeerOptions
{
    /// <inheritdoc cref="FloodStreamOptions.CatchUp"/>
    public bool CatchUp { get; init; } = true;

    /// <summary>How long nothing may have been sent before a blank line is, so that both ends notice a dead connection. Zero: never.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Silence after which a peer counts as gone. Zero: never, for npm's packages send nothing when there is nothing to say. Give it where peers are
    /// known to send blank lines.
    /// </summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.Zero;

    /// <inheritdoc cref="FloodStreamOptions.Mapping"/>
    public JsonMapping? Mapping { get; init; }

    /// <summary>The id of a peer that connects, from its address; by default <c>remoteAddress:remotePort</c>.</summary>
    public Func<EndPoint, string>? IdOf { get; init; }

    /// <summary>The id of the peer that is dialled; by default the address as it was given.</summary>
    public string? Id { get; init; }

    /// <summary>
    /// <see cref="FloodStreamOptions.Remember"/> for peers that connect: for an <see cref="IdOf"/> under which a peer comes back. Peers that are dialled always are.
    /// </summary>
    public bool Remember { get; init; }

    /// <exception cref="FloodConfigurationException">A value is out of range.</exception>
    internal JsonPeerOptions Checked()
    {
        if (KeepAlive < TimeSpan.Zero) throw new FloodConfigurationException($"flood-streams.json.keep-alive = {KeepAlive} is out of range: allowed is 0 (off) and more.");
        if (SilenceTimeout < TimeSpan.Zero) throw new FloodConfigurationException($"flood-streams.json.silence-timeout = {SilenceTimeout} is out of range: allowed is 0 (off) and more.");
        return this;
    }
}
