using System.Net;

namespace FloodActors.Streams;

/// <summary>
/// How peers over TCP take part in a flood. The defaults are those of <c>flood-streams.json</c> in
/// <c>reference.conf</c>.
/// </summary>
public sealed record JsonPeerOptions
{
    /// <inheritdoc cref="FloodStreamOptions.CatchUp"/>
    public bool CatchUp { get; init; } = true;

    /// <summary>
    /// After this time without sending, a blank line is sent, so that both ends notice a dead connection. Zero: never.
    /// </summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Silence after which a peer counts as gone. Zero: never, since npm's packages send nothing when they have
    /// nothing to say. Set it if the peers are known to send blank lines.
    /// </summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// Connections that are accepted at a time, over all addresses on which the flood listens. Silent connections
    /// count, since a peer that only receives says nothing. Never more than half of <c>flood.max-peers</c>, so that
    /// room is left for nodes. 1 to 65,535.
    /// </summary>
    public int MaxPeers { get; init; } = 64;

    /// <summary>How long a value may take from its first byte to the blank line after it. 100 ms to a day.</summary>
    public TimeSpan ValueTimeout { get; init; } = JsonDoubleLine.DefaultValueTimeout;

    /// <summary>
    /// Bytes that values which have begun and are not in the log yet may take, over all JSON connections
    /// of the flood, beyond 64 KiB for each connection. When they are used up, the connection whose value
    /// began first is ended. At least two of <c>flood.max-message-size</c>.
    /// </summary>
    public long UnfinishedBytes { get; init; } = 64 << 20;

    /// <inheritdoc cref="FloodStreamOptions.Mapping"/>
    public JsonMapping? Mapping { get; init; }

    /// <summary>The id of a peer that connects, from its address; by default <c>remoteAddress:remotePort</c>.</summary>
    public Func<EndPoint, string>? IdOf { get; init; }

    /// <summary>The id of the peer that is dialled; by default the given address.</summary>
    public string? Id { get; init; }

    /// <summary>
    /// <see cref="FloodStreamOptions.Remember"/> for peers that connect: for an <see cref="IdOf"/> that gives a
    /// returning peer the same id. Peers that are dialled are always remembered.
    /// </summary>
    public bool Remember { get; init; }

    /// <summary>How often repeated refusals are reported. Settable for tests.</summary>
    internal TimeSpan TellRefusalsEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <exception cref="FloodConfigurationException">A value is out of range for the flood.</exception>
    internal JsonPeerOptions Checked(Flood flood)
    {
        var least = JsonDoubleLine.LargestValue(flood);
        if (UnfinishedBytes < least)
        {
            throw new FloodConfigurationException(
                $"flood-streams.json.unfinished-bytes = {UnfinishedBytes} is out of range: "
                + "it must hold one value of any size, "
                + $"which is {least} bytes with flood.max-message-size = {flood.Settings.MaxMessageSize}.");
        }
        return Checked();
    }

    /// <exception cref="FloodConfigurationException">A value is out of range.</exception>
    internal JsonPeerOptions Checked()
    {
        if (MaxPeers is < 1 or > 65_535)
            throw new FloodConfigurationException(
                $"flood-streams.json.max-peers = {MaxPeers} is out of range: allowed is 1 to 65535.");
        if (ValueTimeout < TimeSpan.FromMilliseconds(100) || ValueTimeout > TimeSpan.FromDays(1))
            throw new FloodConfigurationException(
                $"flood-streams.json.value-timeout = {ValueTimeout} is out of range: allowed is 100ms to 1d.");
        if (KeepAlive < TimeSpan.Zero)
            throw new FloodConfigurationException(
                $"flood-streams.json.keep-alive = {KeepAlive} is out of range: allowed is 0 (off) and more.");
        if (SilenceTimeout < TimeSpan.Zero)
            throw new FloodConfigurationException(
                $"flood-streams.json.silence-timeout = {SilenceTimeout} is out of range: allowed is 0 (off) and more.");
        return this;
    }
}
