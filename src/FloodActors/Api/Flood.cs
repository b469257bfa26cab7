using System.Diagnostics;
using System.Runtime.CompilerServices;
using Akka.Actor;
using FloodActors.Core;
using FloodActors.Diagnostics;
using FloodActors.Listening;
using FloodActors.Wire;

namespace FloodActors;

/// <summary>
/// A flood: the simplest gossip protocol. What is appended on one node is sent to all connected peers; what a node receives for the first
/// time it sends to all peers except the one who sent it. Every node delivers every message once, in causal order, in bounded memory.
/// </summary>
/// <example><code>
/// var flood = Flood.Get(system);
/// flood.Listen(new FloodCallbacks { OnMessage = m => Console.WriteLine(m.AsText()) });
/// await flood.ConnectAsync("other-host:4053");
/// await flood.AppendAsync("hello");
/// </code></example>
public sealed class Flood : IExtension
{
    /// <summary>The name of the flood that needs none.</summary>
    public const string DefaultName = "default";

    internal const string DefaultPath = "/system/flood";

    private readonly PayloadCodec _codec;
    private readonly AppendQueue _queue;
    private readonly long[] _rejected;
    private readonly Task _stopped;

    internal Flood(string name, IActorRef actor, FloodSetupParts parts)
    {
        Name = name;
        Settings = parts.Settings;
        Actor = actor;
        _stopped = actor.WatchAsync();
        _codec = parts.Codec;
        _queue = parts.Queue;
        _rejected = parts.Rejected;
        // Whatever ended the actor, be it while it was being made: nobody waits for the answer to an append for ever.
        _stopped.ContinueWith(_ => _queue.CloseAndReject(), TaskScheduler.Default);
    }

    /// <summary>The flood's name; floods of different names in one system have nothing to do with each other.</summary>
    public string Name { get; }

    /// <summary>What it was started with.</summary>
    public FloodSettings Settings { get; }

    /// <summary>The flood's actor. Its path is what other nodes dial.</summary>
    public IActorRef Actor { get; }

    /// <summary>The flood of an actor system, started at the first call with the settings in <c>flood</c>.</summary>
    /// <exception cref="FloodConfigurationException">A setting is missing or wrong; the message names key, value and range.</exception>
    public static Flood Get(ActorSystem system) => FloodExtension.Of(system).GetOrStart(DefaultName);

    /// <summary>One of several floods of a system. Its settings are in <c>flood.instances.NAME</c> and, where not there, in <c>flood</c>.</summary>
    /// <inheritdoc cref="Get(ActorSystem)"/>
    public static Flood Get(ActorSystem system, string name) => FloodExtension.Of(system).GetOrStart(name);

    /// <summary>Starts a flood with callbacks that miss nothing, or with settings made in code.</summary>
    /// <param name="system">The actor system.</param>
    /// <param name="callbacks">Told of everything from the first moment on.</param>
    /// <param name="configure">Changes the settings read from HOCON.</param>
    /// <param name="name">The flood's name.</param>
    /// <exception cref="InvalidOperationException">The flood was started before.</exception>
    /// <exception cref="FloodConfigurationException">A setting is missing or wrong.</exception>
    public static Flood Start(ActorSystem system, FloodCallbacks? callbacks = null, Func<FloodSettings, FloodSettings>? configure = null, string name = DefaultName) =>
        FloodExtension.Of(system).Start(name, callbacks, configure);

    /// <summary>A facade for a flood's actor that was placed by hand, with <see cref="FloodActor.Props(FloodSettings, FloodCallbacks)"/>.</summary>
    /// <param name="floodActor">An actor of this process.</param>
    public static async Task<Flood> OfAsync(IActorRef floodActor)
    {
        if (floodActor is not IInternalActorRef { IsLocal: true }) throw new ArgumentException($"{floodActor} is in another process: use the facade there, or dial it with ConnectAsync.", nameof(floodActor));
        var parts = await floodActor.Ask<FloodSetupParts>(new FloodCommand.GetParts(), TimeSpan.FromSeconds(10)).ConfigureAwait(false);
        return new Flood(floodActor.Path.Name, floodActor, parts);
    }

    /// <summary>
    /// Creates a message. The answer comes when it is in this node's log; it then reaches every node that the links lead to. With
    /// <c>on-lag = wait</c> the answer waits for slow peers, so whoever awaits it before the next append cannot run away from them.
    /// </summary>
    /// <returns><see cref="Appended"/>, or <see cref="Rejected"/> with the reason; it does not throw for what is appended.</returns>
    public Task<AppendResult> AppendAsync(FloodPayload payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        return FloodDiagnostics.Source.HasListeners() ? AppendTracedAsync(payload) : AppendUntracedAsync(payload);
    }

    /// <summary>Creates a message without waiting for anything.</summary>
    /// <returns>Null when it is on its way into the log, else why it was not accepted.</returns>
    public FloodRejection? Append(FloodPayload payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        using var activity = FloodDiagnostics.Source.HasListeners() ? StartAppend() : null;
        return TryEncode(payload, out var request, out var rejection) ? Enqueue(request) : rejection;
    }

    /// <summary>
    /// Links to a peer and keeps the link: when it is lost, or cannot be made yet, it is dialled again until <see cref="DisconnectAsync"/>.
    /// </summary>
    /// <param name="address"><c>HOST:PORT</c>, an Akka address, or the path of a flood's actor.</param>
    /// <param name="id">The id the peer is to have here, unique; by default its own <c>node-name</c>.</param>
    /// <param name="cancellation">Ends the wait, not the dialling.</param>
    /// <returns>The first outcome: <see cref="Connected"/> or <see cref="ConnectRefused"/>.</returns>
    /// <exception cref="ArgumentException">The id is empty.</exception>
    public Task<ConnectResult> ConnectAsync(string address, string? id = null, CancellationToken cancellation = default)
    {
        if (id is not null) ArgumentException.ThrowIfNullOrWhiteSpace(id);
        return Query<ConnectResult>(new FloodCommand.Connect(address, id), cancellation);
    }

    /// <summary>Links to a flood whose actor is at hand, in this system or another.</summary>
    /// <inheritdoc cref="ConnectAsync(string, string?, CancellationToken)"/>
    public Task<ConnectResult> ConnectAsync(IActorRef floodActor, string? id = null, CancellationToken cancellation = default) =>
        ConnectAsync(floodActor.Path.ToString(), id, cancellation);

    /// <summary>
    /// Connects a peer that is a two-way stream of values, a full peer in all else: one cursor, the same rule, limits and lag policy. For those who
    /// bring a transport of their own; see FloodActors.Streams for Akka.Streams and TCP.
    /// </summary>
    /// <param name="peer">Who it is and what it carries.</param>
    /// <param name="endpoint">
    /// The actor of this system that owns the stream. It is told <see cref="StreamPeerOpened"/> or <see cref="StreamPeerEnded"/> and then speaks with the
    /// sender: <see cref="StreamPeerRequest"/> and <see cref="StreamPeerOffer"/>, at last <see cref="StreamPeerEnd"/>. When it stops, the peer is disconnected.
    /// </param>
    /// <exception cref="ArgumentException">The id is empty, or the actor is on another system.</exception>
    public void OpenStreamPeer(StreamPeer peer, IActorRef endpoint)
    {
        ArgumentNullException.ThrowIfNull(peer);
        ArgumentException.ThrowIfNullOrWhiteSpace(peer.Id, "peer.Id");
        if (endpoint is not IInternalActorRef { IsLocal: true }) throw new ArgumentException($"{endpoint} is not an actor of this system.", nameof(endpoint));
        Actor.Tell(new FloodCommand.OpenStream(peer), endpoint);
    }

    /// <summary>Ends the link to a peer, on both sides, and does not dial it again.</summary>
    /// <param name="id">The peer's id, or the address that is being dialled.</param>
    /// <returns>Whether there was such a peer.</returns>
    public async Task<bool> DisconnectAsync(string id) => (await Query<FloodCommand.Disconnected>(new FloodCommand.Disconnect(id)).ConfigureAwait(false)).Existed;

    /// <summary>The newest <c>capacity</c> messages, each keyed by the local time at which it was received.</summary>
    public Task<FloodData> DataAsync() => Query<FloodData>(new FloodCommand.GetData());

    /// <summary>The peers that are linked or were within <c>peer-grace</c>.</summary>
    public Task<IReadOnlyList<PeerInfo>> PeersAsync() => Query<IReadOnlyList<PeerInfo>>(new FloodCommand.GetPeers());

    /// <summary>Counters and sizes.</summary>
    public Task<FloodStats> StatsAsync() => Query<FloodStats>(new FloodCommand.GetStats());

    /// <summary>Completes when at least so many links are up.</summary>
    public Task WhenConnected(int count = 1, CancellationToken cancellation = default) => Query<FloodCommand.Done>(new FloodCommand.WhenConnected(count), cancellation);

    /// <summary>Completes when every linked peer has in its log all that was in this one's at the call.</summary>
    public Task FlushAsync(CancellationToken cancellation = default) => Query<FloodCommand.Done>(new FloodCommand.Flush(), cancellation);

    /// <summary>
    /// Leaves: takes no more messages, sends what peers have still to get, within <c>leave-timeout</c>, says goodbye and stops. Done by
    /// itself when the actor system shuts down through <c>CoordinatedShutdown</c>.
    /// </summary>
    public Task LeaveAsync()
    {
        Actor.Tell(new FloodCommand.Leave(), ActorRefs.NoSender);
        return _stopped;
    }

    /// <summary>Calls functions on what happens from now on.</summary>
    /// <param name="callbacks">The functions.</param>
    /// <param name="replay">Begin with the messages that are in <c>data</c> already.</param>
    /// <returns>Dispose of it to end the calls.</returns>
    public Task<IAsyncDisposable> Listen(FloodCallbacks callbacks, bool replay = false) => AddListener(new CallbackSink(callbacks), callbacks.WantsDrops, replay);

    /// <summary>
    /// Sends every <see cref="FloodEvent"/> to an actor until it stops or the subscription is disposed of. The actor is sent the next only
    /// when it has dealt with the last, so a slow one lags and is told, and its mailbox stays small.
    /// </summary>
    /// <param name="subscriber">An actor of this system.</param>
    /// <param name="replay">Begin with the messages that are in <c>data</c> already.</param>
    /// <param name="drops">Whether it is told of dropped messages.</param>
    /// <exception cref="ArgumentException">The actor is on another system: subscribe one here that forwards.</exception>
    public Task<IAsyncDisposable> Subscribe(IActorRef subscriber, bool replay = false, bool drops = true)
    {
        if (subscriber is not IInternalActorRef { IsLocal: true })
            throw new ArgumentException($"{subscriber} is not an actor of this system: subscribe one here and let it forward.", nameof(subscriber));
        return AddListener(new ActorSink(subscriber), drops, replay);
    }

    /// <summary>Every <see cref="FloodEvent"/> from now on, for <c>await foreach</c>. A slow reader lags and is told by <see cref="SubscriberLagged"/>.</summary>
    /// <param name="replay">Begin with the messages that are in <c>data</c> already.</param>
    /// <param name="drops">Whether dropped messages are told.</param>
    /// <param name="cancellation">Ends the enumeration.</param>
    public async IAsyncEnumerable<FloodEvent> EventsAsync(bool replay = false, bool drops = false, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var sink = new ChannelSink(Settings.ListenerBatch);
        await using var subscription = await AddListener(sink, drops, replay).ConfigureAwait(false);
        await foreach (var @event in sink.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            sink.AfterRead();
            yield return @event;
        }
    }

    private async Task<AppendResult> AppendTracedAsync(FloodPayload payload)
    {
        using var activity = StartAppend();
        var result = await AppendUntracedAsync(payload).ConfigureAwait(false);
        switch (result)
        {
            case Appended appended:
                activity?.SetTag("messaging.message.id", appended.Id.ToString());
                break;
            case Rejected rejected:
                activity?.SetStatus(ActivityStatusCode.Error, rejected.Rejection.Message);
                break;
        }
        return result;
    }

    private Activity? StartAppend() => FloodDiagnostics.Source.StartActivity("flood append", ActivityKind.Producer)?.SetTag("flood.name", Name);

    private Task<AppendResult> AppendUntracedAsync(FloodPayload payload)
    {
        if (!TryEncode(payload, out var request, out var rejection)) return Task.FromResult<AppendResult>(new Rejected(rejection!));
        var answer = new TaskCompletionSource<AppendResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        rejection = Enqueue(request with { Answer = answer });
        return rejection is null ? answer.Task : Task.FromResult<AppendResult>(new Rejected(rejection));
    }

    private async Task<IAsyncDisposable> AddListener(IListenerSink sink, bool wantsDrops, bool replay) =>
        new Subscription(Actor, await Query<IActorRef>(new FloodCommand.Listen(sink, wantsDrops, replay)).ConfigureAwait(false));

    /// <summary>Asks the actor, which always answers; unless it has left, and then nobody waits for ever.</summary>
    private async Task<T> Query<T>(object question, CancellationToken cancellation = default)
    {
        using var abandon = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var answer = Actor.Ask<T>(question, Timeout.InfiniteTimeSpan, abandon.Token);
        if (await Task.WhenAny(answer, _stopped).ConfigureAwait(false) == answer || answer.IsCompleted) return await answer.ConfigureAwait(false);
        await abandon.CancelAsync().ConfigureAwait(false);
        throw new ObjectDisposedException(Name, "This node has left the flood.");
    }

    private bool TryEncode(FloodPayload payload, out AppendRequest request, out FloodRejection? rejection)
    {
        request = default;
        if (!_codec.TryEncode(payload, out var encoded, out rejection))
        {
            Reject(rejection);
            return false;
        }
        var id = Settings.MessageId == MessageIdMode.Content ? _codec.ContentId(encoded.Kind, encoded.Body.Span) : default;
        request = new AppendRequest(encoded.Kind, encoded.Body, id, null) { Header = Settings.Trace ? MessageHeader.Create(Activity.Current?.Context ?? default) : null };
        return true;
    }

    private FloodRejection? Enqueue(in AppendRequest request)
    {
        var rejection = _queue.TryAdd(request, out var poke);
        if (poke) Actor.Tell(FloodCommand.Drain.Instance, ActorRefs.NoSender);
        if (rejection is not null) Reject(rejection);
        return rejection;
    }

    private void Reject(FloodRejection rejection)
    {
        Interlocked.Increment(ref _rejected[(int)rejection.Reason]);
        Actor.Tell(new MessageRejected(rejection), ActorRefs.NoSender);
    }

    private sealed class Subscription(IActorRef flood, IActorRef listener) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            flood.Tell(new FloodCommand.StopListening(listener), ActorRefs.NoSender);
            return ValueTask.CompletedTask;
        }
    }
}
