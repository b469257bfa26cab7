using FloodActors.Streams.Sockets;

namespace FloodActors.Streams;

/// <summary>
/// Peers over TCP that speak JSON separated by blank lines: written in JavaScript with <c>pull-stream</c> and
/// <c>pull-json-doubleline</c>, or in anything that can write JSON to a socket. There is no authentication and no
/// encryption: listen where only peers can reach, or behind a tunnel.
/// </summary>
public static class JsonPeers
{
    /// <summary>Listens for JSON peers.</summary>
    /// <param name="flood">The flood they join.</param>
    /// <param name="address"><c>HOST:PORT</c>; port 0 lets the system choose.</param>
    /// <param name="options">By default those of <c>flood-streams.json</c>'s <c>reference.conf</c>.</param>
    /// <exception cref="FloodConfigurationException">The address or an option is wrong.</exception>
    /// <exception cref="FloodStreamException">The port is in use, or the address does not belong to this
    /// machine.</exception>
    public static Task<JsonListener> ListenJsonAsync(this Flood flood, string address, JsonPeerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(flood);
        return JsonListener.StartAsync(
            flood, EndPoints.Parse(address, leastPort: 0), (options ?? new JsonPeerOptions()).Checked(flood));
    }

    /// <summary>
    /// Connects to a peer that listens for JSON, and stays connected: when the connection is lost, or cannot
    /// be made yet, the peer is redialled after <c>flood.redial</c>, until it is disconnected on request.
    /// </summary>
    /// <inheritdoc cref="ListenJsonAsync"/>
    public static JsonConnector ConnectJson(this Flood flood, string address, JsonPeerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(flood);
        var to = EndPoints.Parse(address, leastPort: 1);
        options = (options ?? new JsonPeerOptions()).Checked(flood);
        var id = options.Id ?? to.ToString();
        ArgumentException.ThrowIfNullOrWhiteSpace(id, "options.Id");
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var actor = JsonSocket.SystemOf(flood).SystemActorOf(
            JsonConnectorActor.Props(flood, to, id, options, connected), $"flood-json-{Guid.NewGuid():n}");
        return new JsonConnector(flood, id, actor, connected.Task);
    }

    /// <summary>
    /// Listens and connects as <c>flood-streams.json</c> says (for a flood with a name:
    /// <c>flood-streams.instances.NAME.json</c>).
    /// </summary>
    /// <param name="flood">The flood they join.</param>
    /// <param name="settings">Settings to use instead of those in the actor system's configuration.</param>
    /// <returns>Everything that was started; dispose of it to stop it.</returns>
    /// <exception cref="FloodConfigurationException">A key, an address or an option is wrong.</exception>
    /// <exception cref="FloodStreamException">
    /// A port is in use, or an address does not belong to this machine. Then everything that was started is stopped
    /// again.
    /// </exception>
    public static async Task<JsonEndpoints> StartJsonAsync(this Flood flood, FloodStreamsSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(flood);
        settings ??= FloodStreamsSettings.Read(JsonSocket.SystemOf(flood).Settings.Config, flood.Name);
        // Read and checked before anything is started.
        foreach (var address in settings.Listen) EndPoints.Parse(address, leastPort: 0);
        foreach (var address in settings.Connect) EndPoints.Parse(address, leastPort: 1);
        var listeners = new List<JsonListener>();
        try
        {
            foreach (var address in settings.Listen)
                listeners.Add(await flood.ListenJsonAsync(address, settings.Options).ConfigureAwait(false));
        }
        catch
        {
            foreach (var listener in listeners) await listener.StopAsync().ConfigureAwait(false);
            throw;
        }
        return new JsonEndpoints(
            listeners, settings.Connect.Select(address => flood.ConnectJson(address, settings.Options)).ToArray());
    }
}

/// <summary>What <see cref="JsonPeers.StartJsonAsync"/> started.</summary>
/// <param name="Listeners">In the order of <c>flood-streams.json.listen</c>.</param>
/// <param name="Connectors">In the order of <c>flood-streams.json.connect</c>.</param>
public sealed record JsonEndpoints(IReadOnlyList<JsonListener> Listeners, IReadOnlyList<JsonConnector> Connectors)
    : IAsyncDisposable
{
    /// <summary>Stops them all.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var listener in Listeners) await listener.StopAsync().ConfigureAwait(false);
        foreach (var connector in Connectors) await connector.StopAsync().ConfigureAwait(false);
    }
}
