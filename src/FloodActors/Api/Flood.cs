using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Akka.Actor;
using FloodActors.Actors;
using FloodActors.Core;
using FloodActors.Diagnostics;
using FloodActors.Wire;

namespace FloodActors;

/// <summary>
/// A flood, the simplest gossip protocol. A node sends each message that is appended on it to all its peers. A node
/// that receives a message for the first time sends it to all peers except the sender. Every node delivers every
/// message once, in causal order, in bounded memory.
/// </summary>
/// <example><code>
/// var flood = Flood.Get(system);
/// flood.Listen(new FloodCallbacks { OnMessage = m => Console.WriteLine(m.AsText()) });
/// await flood.ConnectAsync("other-host:4053");
/// await flood.AppendAsync("hello");
/// </code></example>
public sealed partial class Flood : IExtension
{
    /// <summary>The name of the default flood.</summary>
    public const string DefaultName = "default";

    internal const string DefaultPath = "/system/flood";

    private readonly FloodParts _parts;
    private readonly Task _terminated;

    /// <param name="name">The flood's name.</param>
    /// <param name="actor">Its actor.</param>
    /// <param name="parts">What they share.</param>
    /// <param name="system">
    /// Set when the actor is one of those that the extension starts: another may be started under its name.
    /// </param>
    internal Flood(string name, IActorRef actor, FloodParts parts, ExtendedActorSystem? system = null)
    {
        Name = name;
        Actor = actor;
        _parts = parts;
        // Also when the actor could not even be made: then nobody else says that the node has ended.
        _terminated = actor.WatchAsync().ContinueWith(
            _ => parts.End(new FloodEnd(FloodEndCause.Stopped, "The flood's actor was stopped.")),
            TaskScheduler.Default);
        Gone = system is null ? _terminated : WhenNameIsFreeAsync(system);
    }

    /// <summary>The flood's name. Floods with different names in one system are independent of each other.</summary>
    public string Name { get; }

    /// <summary>The settings it was started with.</summary>
    public FloodSettings Settings => _parts.Settings;

    /// <summary>Completes when the node has ended, with the reason. It never fails.</summary>
    public Task<FloodEnd> Completion => _parts.Completion;

    /// <summary>
    /// The call of <see cref="FloodSettings.Validator"/> that has been running for longer than a second and longer than
    /// <c>flood.validator-time</c>; null if there is none. The flood stands still during a call: this property is not
    /// read by the flood's actor, and answers at once on any thread.
    /// </summary>
    public RunningValidation? RunningValidation => _parts.Validator?.Running;

    /// <summary>Completes when the actor is gone, too, and its name is free.</summary>
    internal Task Gone { get; }

    /// <summary>The flood's actor. Its path is what other nodes dial.</summary>
    public IActorRef Actor { get; }

    /// <summary>The flood of an actor system, started at the first call with the settings in <c>flood</c>.</summary>
    /// <exception cref="FloodConfigurationException">
    /// A setting is missing or wrong; the message names key, value and range.
    /// </exception>
    public static Flood Get(ActorSystem system) => FloodExtension.Of(system).GetOrStart(DefaultName);

    /// <summary>
    /// One of several floods of a system. Its settings are in <c>flood.instances.NAME</c>, and in <c>flood</c> for keys
    /// that are missing there.
    /// </summary>
    /// <inheritdoc cref="Get(ActorSystem)"/>
    public static Flood Get(ActorSystem system, string name) => FloodExtension.Of(system).GetOrStart(name);

    /// <summary>Starts a flood with callbacks, which miss nothing, or with settings changed in code.</summary>
    /// <param name="system">The actor system.</param>
    /// <param name="callbacks">Called for everything that happens from the start on.</param>
    /// <param name="configure">Changes the settings read from HOCON.</param>
    /// <param name="name">The flood's name.</param>
    /// <exception cref="InvalidOperationException">The flood was started before.</exception>
    /// <exception cref="FloodConfigurationException">A setting is missing or wrong.</exception>
    public static Flood Start(
        ActorSystem system, FloodCallbacks? callbacks = null, Func<FloodSettings, FloodSettings>? configure = null,
        string name = DefaultName) =>
        FloodExtension.Of(system).Start(name, callbacks, configure);

    /// <summary>
    /// A facade for a flood's actor that was placed by hand, with
    /// <see cref="FloodActor.Props(FloodSettings, FloodCallbacks)"/>.
    /// </summary>
    /// <param name="floodActor">An actor of this process.</param>
    public static async Task<Flood> OfAsync(IActorRef floodActor)
    {
        if (floodActor is not IInternalActorRef { IsLocal: true })
            throw new ArgumentException(
                $"{floodActor} is in another process: use the facade there, or dial it with ConnectAsync.",
                nameof(floodActor));
        var parts = await floodActor.Ask<FloodParts>(new FloodCommand.GetParts(), TimeSpan.FromSeconds(10))
            .ConfigureAwait(false);
        return new Flood(floodActor.Path.Name, floodActor, parts);
    }

    /// <summary>
    /// Creates a message. Completes when the message is in this node's log; it then reaches every node that can be
    /// reached over links. With <c>on-lag = wait</c> the task waits for slow peers, so a caller that awaits it before
    /// the next append cannot outrun them.
    /// </summary>
    /// <returns>
    /// <see cref="Appended"/>, or <see cref="Rejected"/> with the reason. It does not throw because of the payload.
    /// </returns>
    public Task<AppendResult> AppendAsync(FloodPayload payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        return FloodDiagnostics.IsTraced ? AppendTracedAsync(payload) : AppendUntracedAsync(payload);
    }

    /// <summary>Creates a message without waiting for anything.</summary>
    /// <returns>Null if the message was accepted for the log, else the reason why not.</returns>
    public FloodRejection? Append(FloodPayload payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        var activity = FloodDiagnostics.IsTraced ? StartAppend() : null;
        if (TryEncode(payload, out var request, out var rejection)) rejection = Enqueue(request);
        EndAppend(activity, null);
        return rejection;
    }

    /// <summary>The newest <c>capacity</c> messages, each keyed by the local time at which it was received.</summary>
    public Task<FloodData> DataAsync() => Read(node => node.Data());

    /// <summary>Counters and sizes.</summary>
    public Task<FloodStats> StatsAsync() => Read(node => node.Stats());

    /// <summary>
    /// Waits until every peer that is linked at the time of the call has confirmed the messages that are in the log at
    /// that time, or can no longer confirm them.
    /// </summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>For each of these peers, whether it has taken everything, and if not, why.</returns>
    /// <exception cref="ObjectDisposedException">The node has ended.</exception>
    public Task<FlushResult> FlushAsync(CancellationToken cancellation = default) =>
        Ask<FlushResult>(answer => new FloodCommand.Flush(answer), cancellation);

    /// <summary>
    /// Leaves: refuses further appends, sends what peers still need, says goodbye and stops, all within
    /// <c>leave-timeout</c>, even while callbacks block. <c>CoordinatedShutdown</c> of the actor system calls it.
    /// Afterwards a flood with the same name can be started.
    /// </summary>
    /// <returns>
    /// For each peer that was linked, whether it had everything at the goodbye. Empty if the node had already ended.
    /// </returns>
    public async Task<FlushResult> LeaveAsync()
    {
        var answer = new Answer<FlushResult>(Name);
        Actor.Tell(new FloodCommand.Leave(answer), ActorRefs.NoSender);
        await Gone.ConfigureAwait(false);
        return answer.Task.IsCompletedSuccessfully ? await answer.Task.ConfigureAwait(false) : new FlushResult([]);
    }

    /// <summary>
    /// A topic whose values are of one type, encoded with the default codec: <see cref="FloodCodec.Text"/> for a
    /// string, <see cref="FloodCodec.Bytes"/> for bytes, and System.Text.Json with reflection for all others. Any
    /// number of topics share the flood's log and links.
    /// </summary>
    /// <param name="name">At most 128 bytes of UTF-8.</param>
    /// <exception cref="ArgumentException">The name is empty, too long or not printable.</exception>
    [RequiresUnreferencedCode(FloodCodec.Reflects)]
    [RequiresDynamicCode(FloodCodec.Reflects)]
    public FloodTopic<T> Topic<T>(string name) => new(this, name, FloodCodec.DefaultOf<T>());

    /// <summary>A topic whose values are sent as JSON, with a source-generated context and no reflection.</summary>
    /// <inheritdoc cref="Topic{T}(string)"/>
    /// <param name="name">At most 128 bytes of UTF-8.</param>
    /// <param name="type">The type's metadata from a <c>JsonSerializerContext</c>.</param>
    public FloodTopic<T> Topic<T>(string name, JsonTypeInfo<T> type) => new(this, name, FloodCodec.Json(type));

    /// <summary>A topic with a codec of your choice.</summary>
    /// <inheritdoc cref="Topic{T}(string)"/>
    /// <param name="name">At most 128 bytes of UTF-8.</param>
    /// <param name="codec">Turns values into bytes and back.</param>
    public FloodTopic<T> Topic<T>(string name, IFloodCodec<T> codec) => new(this, name, codec);

    /// <summary>Calls functions for everything that happens from now on.</summary>
    /// <param name="callbacks">The functions.</param>
    /// <param name="replay">Whether to begin with the messages that are already in <c>data</c>.</param>
    /// <returns>
    /// Dispose of it to end the calls. No call begins after <c>DisposeAsync</c> has completed, and it waits for a call
    /// that is running.
    /// </returns>
    public Task<IAsyncDisposable> Listen(FloodCallbacks callbacks, bool replay = false) =>
        AddListener(new CallbackSink(callbacks), callbacks.WantsDrops, replay);

    /// <summary>
    /// Sends every <see cref="FloodEvent"/> to an actor until it stops or the subscription is disposed of. The actor
    /// gets the next batch only when it has processed the last one, so its mailbox stays small. A slow actor lags and
    /// gets <see cref="SubscriberLagged"/>.
    /// </summary>
    /// <param name="subscriber">An actor of this system.</param>
    /// <param name="replay">Whether to begin with the messages that are already in <c>data</c>.</param>
    /// <param name="drops">Whether to include dropped messages.</param>
    /// <exception cref="ArgumentException">
    /// The actor is in another system: subscribe a local actor that forwards.
    /// </exception>
    public Task<IAsyncDisposable> Subscribe(IActorRef subscriber, bool replay = false, bool drops = true)
    {
        ThrowIfElsewhere(subscriber);
        return AddListener(new ActorSink(subscriber), drops, replay);
    }

    /// <summary>
    /// Every <see cref="FloodEvent"/> from now on, for <c>await foreach</c>. A slow reader lags and gets
    /// <see cref="SubscriberLagged"/>.
    /// </summary>
    /// <param name="replay">Whether to begin with the messages that are already in <c>data</c>.</param>
    /// <param name="drops">Whether to include dropped messages.</param>
    /// <param name="cancellation">Ends the enumeration.</param>
    public async IAsyncEnumerable<FloodEvent> EventsAsync(
        bool replay = false, bool drops = false, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var sink = new EventChannelSink(Settings.ListenerBatch);
        await using var subscription = await AddListener(sink, drops, replay).ConfigureAwait(false);
        await foreach (var @event in sink.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            sink.AfterRead();
            yield return @event;
        }
    }

    internal static void ThrowIfElsewhere(IActorRef subscriber)
    {
        if (subscriber is IInternalActorRef { IsLocal: true }) return;
        throw new ArgumentException(
            $"{subscriber} is not an actor of this system: subscribe one here and let it forward.",
            nameof(subscriber));
    }

    /// <summary>
    /// The actor's watchers are told of its death when its parent has been, but it is only when the parent has seen to
    /// it that the name is free. It sees to that before it answers anything.
    /// </summary>
    private async Task WhenNameIsFreeAsync(ExtendedActorSystem system)
    {
        await _terminated.ConfigureAwait(false);
        try
        {
            await system.Provider.SystemGuardian.Ask<ActorIdentity>(
                new Identify(null), Settings.LeaveTimeout + TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            // The system terminates: nothing will be started in it.
        }
    }

    private Task<AppendResult> AppendUntracedAsync(FloodPayload payload)
    {
        if (!TryEncode(payload, out var request, out var rejection))
            return Task.FromResult<AppendResult>(new Rejected(rejection!));
        var answer = new Answer<AppendResult>(Name);
        rejection = Enqueue(request with { Answer = answer });
        return rejection is null ? answer.Task : Task.FromResult<AppendResult>(new Rejected(rejection));
    }

    internal async Task<IAsyncDisposable> AddListener(
        ListenerSink sink, bool wantsDrops, bool replay, string? topic = null)
    {
        var listener = await Ask<object>(
            answer => new FloodCommand.Listen(sink, wantsDrops, replay, answer) { Topic = topic })
            .ConfigureAwait(false);
        return new Subscription(Actor, listener, sink);
    }

    internal Task<T> Read<T>(Func<Node, T> look) => Ask<T>(answer => new FloodCommand.Read<T>(look, answer));

    /// <summary>Asks the actor, which always answers; unless it has ended, and then the wait ends, too.</summary>
    private async Task<T> Ask<T>(Func<IAnswer<T>, FloodCommand> question, CancellationToken cancellation = default)
    {
        var answer = new Answer<T>(Name);
        Actor.Tell(question(answer), ActorRefs.NoSender);
        await using var registration = cancellation.UnsafeRegister(
            _ =>
            {
                if (answer.Cancel(cancellation)) Actor.Tell(new FloodCommand.Forget(answer), ActorRefs.NoSender);
            },
            null).ConfigureAwait(false);
        // What was asked of an actor that is gone, nobody answers.
        if (await Task.WhenAny(answer.Task, _terminated).ConfigureAwait(false) != answer.Task)
            answer.GiveUp((await Completion.ConfigureAwait(false)).Reason);
        return await answer.Task.ConfigureAwait(false);
    }

    private bool TryEncode(FloodPayload payload, out AppendRequest request, out FloodRejection? rejection)
    {
        request = default;
        if (!_parts.Codec.TryEncode(payload, out var encoded, out rejection))
        {
            Reject(rejection);
            return false;
        }
        var trace = Settings.Trace ? Activity.Current?.Context ?? default : default;
        var header = Settings.Trace || payload.Subject is not null
            ? MessageHeader.Create(trace, payload.Subject) : null;
        var id = Settings.MessageId == MessageIdMode.Content
            ? _parts.Codec.ContentId(encoded.Kind, encoded.Body.Span, header)
            : default;
        request = new AppendRequest(encoded.Kind, encoded.Body, id, null) { Header = header };
        return true;
    }

    private FloodRejection? Enqueue(in AppendRequest request)
    {
        var rejection = _parts.Queue.TryAdd(request, out var poke);
        if (poke) Actor.Tell(FloodCommand.TakeAppends.Instance, ActorRefs.NoSender);
        if (rejection is not null) Reject(rejection);
        return rejection;
    }

    /// <summary>A refusal costs a counter; the node is told once that there are some.</summary>
    internal void Reject(FloodRejection rejection)
    {
        if (_parts.Refusals.Count(rejection)) Actor.Tell(FloodCommand.TakeAppends.Instance, ActorRefs.NoSender);
    }

    private sealed class Subscription(IActorRef flood, object listener, ListenerSink sink) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            var closed = sink.Close();
            flood.Tell(new FloodCommand.StopListening(listener), ActorRefs.NoSender);
            await closed.ConfigureAwait(false);
        }
    }
}
