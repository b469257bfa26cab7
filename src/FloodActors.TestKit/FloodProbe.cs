using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;
using Akka.Actor;
using Akka.TestKit;

namespace FloodActors.TestKit;

/// <summary>
/// A peer played by a test. It speaks the library's own link protocol with a real flood; the test decides what it sends
/// and sees what it receives. Each expectation waits and fails like one of a <see cref="TestProbe"/>. When it links, it
/// asks for all messages of the flood's log.
/// </summary>
/// <example><code>
/// var probe = FloodProbe.Create(this);
/// await probe.ConnectAsync(Flood.Get(Sys));
/// probe.Send("hello");
/// await probe.ExpectTextAsync("answer");
/// </code></example>
public sealed class FloodProbe
{
    private static long s_incarnations;

    private readonly TestProbe _probe;

    private FloodProbe(TestProbe probe, IActorRef actor, string name)
    {
        _probe = probe;
        Actor = actor;
        Name = name;
    }

    /// <summary>The probe's node name: the id under which the flood knows it.</summary>
    public string Name { get; }

    /// <summary>The probe's actor. A flood can dial its path: <c>flood.ConnectAsync(probe.Actor)</c>.</summary>
    public IActorRef Actor { get; }

    /// <summary>Makes a probe.</summary>
    /// <param name="kit">Any Akka TestKit.</param>
    /// <param name="name">Its node name, unique in the system; by default made up.</param>
    /// <param name="settings">Window, timeouts and <c>message-id</c>; the last must be the flood's.</param>
    public static FloodProbe Create(TestKitBase kit, string? name = null, FloodSettings? settings = null)
    {
        var incarnation = (ulong)Interlocked.Increment(ref s_incarnations);
        name ??= $"probe-{incarnation}";
        var probe = kit.CreateTestProbe($"{name}-events");
        var checkedSettings = settings ?? new FloodSettings();
        var actor = kit.Sys.ActorOf(
            Props.Create(() => new ProbeActor(checkedSettings, probe.Ref, incarnation)).WithDeploy(Deploy.Local), name);
        return new FloodProbe(probe, actor, name);
    }

    /// <summary>
    /// Links with a flood; completes when both ends have spoken and the flood counts the probe among its peers.
    /// </summary>
    public async Task ConnectAsync(Flood flood, TimeSpan? timeout = null)
    {
        Actor.Tell(new ProbeCommand.Dial(flood.Actor));
        await ExpectConnectAsync(timeout).ConfigureAwait(false);
        await _probe.AwaitConditionAsync(
            async () => (await flood.PeersAsync().ConfigureAwait(false)).Any(peer => peer.Id == Name && peer.Connected),
            timeout).ConfigureAwait(false);
    }

    /// <summary>Sends a message, as a node on which it was appended would.</summary>
    public void Send(FloodPayload payload) => Actor.Tell(new ProbeCommand.Send(payload));

    /// <summary>
    /// A topic, to send values to it and to expect values of it, like a node that has such a topic. Creating one costs
    /// nothing; the probe receives the messages of all topics.
    /// </summary>
    /// <inheritdoc cref="Flood.Topic{T}(string)"/>
    [RequiresUnreferencedCode(FloodCodec.Reflects)]
    [RequiresDynamicCode(FloodCodec.Reflects)]
    public FloodProbeTopic<T> Topic<T>(string name) => new(this, name, FloodCodec.DefaultOf<T>());

    /// <inheritdoc cref="Topic{T}(string)"/>
    /// <param name="name">At most 128 bytes of UTF-8.</param>
    /// <param name="type">The type's metadata from a <c>JsonSerializerContext</c>.</param>
    public FloodProbeTopic<T> Topic<T>(string name, JsonTypeInfo<T> type) => new(this, name, FloodCodec.Json(type));

    /// <inheritdoc cref="Topic{T}(string)"/>
    /// <param name="name">At most 128 bytes of UTF-8.</param>
    /// <param name="codec">Turns values into bytes and back.</param>
    public FloodProbeTopic<T> Topic<T>(string name, IFloodCodec<T> codec) => new(this, name, codec);

    /// <summary>Expects as the next event that a link comes up. Returns the flood's node name.</summary>
    public async Task<string> ExpectConnectAsync(TimeSpan? timeout = null) =>
        (await _probe.ExpectMsgAsync<ProbeLinked>(timeout).ConfigureAwait(false)).Peer;

    /// <summary>Expects as the next event that the link ends. Returns the reason.</summary>
    public async Task<(LinkEnd Cause, string Reason)> ExpectDisconnectAsync(TimeSpan? timeout = null)
    {
        var ended = await _probe.ExpectMsgAsync<ProbeUnlinked>(timeout).ConfigureAwait(false);
        return (ended.Cause, ended.Reason);
    }

    /// <summary>Expects a message as the next event.</summary>
    public async Task<FloodMessage> ExpectMessageAsync(TimeSpan? timeout = null) =>
        (await _probe.ExpectMsgAsync<ProbeGot>(timeout).ConfigureAwait(false)).Message;

    /// <summary>
    /// Expects a message next, with a payload of type <typeparamref name="T"/> that satisfies the condition.
    /// </summary>
    /// <typeparam name="T">
    /// string, <see cref="System.Text.Json.JsonElement"/>, <see cref="ReadOnlyMemory{T}"/> of bytes, or a type of yours
    /// that the probe's settings list.
    /// </typeparam>
    /// <param name="matches">What it must be like.</param>
    /// <param name="timeout">By default the TestKit's.</param>
    public Task<T> ExpectMessageAsync<T>(Predicate<T> matches, TimeSpan? timeout = null) =>
        ExpectAsync(matches, $"a message with a {typeof(T).Name} as asked", timeout);

    /// <summary>Expects this text as the next event. A failure shows both texts.</summary>
    public Task ExpectTextAsync(string text, TimeSpan? timeout = null) =>
        ExpectAsync<string>(got => got == text, $"the text \"{text}\"", timeout);

    /// <summary>Expects that for this long no message arrives and no link comes up or ends.</summary>
    public async Task ExpectNothingAsync(TimeSpan? duration = null)
    {
        if (duration is { } time) await _probe.ExpectNoMsgAsync(time).ConfigureAwait(false);
        else await _probe.ExpectNoMsgAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// From now on the probe neither receives nor sends, as behind a cut wire, until <see cref="Speak"/>.
    /// </summary>
    public void StaySilent() => Actor.Tell(new ProbeCommand.Silence(true));

    /// <summary>Hears and speaks again.</summary>
    public void Speak() => Actor.Tell(new ProbeCommand.Silence(false));

    /// <summary>
    /// Takes messages without acknowledging them, as a slow peer does; the flood's window fills.
    /// <see cref="Acknowledge"/> ends that.
    /// </summary>
    public void HoldAcks() => Actor.Tell(new ProbeCommand.HoldAcks(true));

    /// <summary>Acknowledges the messages it took, and later ones as they arrive.</summary>
    public void Acknowledge() => Actor.Tell(new ProbeCommand.HoldAcks(false));

    /// <summary>Says goodbye and ends the link.</summary>
    public void HangUp() => Actor.Tell(new ProbeCommand.HangUp());

    /// <summary>Stops without a goodbye, like a killed process. The probe cannot be used afterwards.</summary>
    public void Vanish() => Actor.Tell(PoisonPill.Instance);

    /// <summary>The next thing to happen is that a message comes which is as asked.</summary>
    internal async Task<FloodMessage> ExpectAsync(
        Predicate<FloodMessage> matches, string what, TimeSpan? timeout) =>
        (await _probe.ExpectMsgAsync<ProbeGot>(got => matches(got.Message), timeout, what).ConfigureAwait(false))
            .Message;

    private async Task<T> ExpectAsync<T>(Predicate<T> matches, string what, TimeSpan? timeout) =>
        (T)(await _probe.ExpectMsgAsync<ProbeGot>(
            got => got.Message.Value is T value && matches(value), timeout, what).ConfigureAwait(false)).Message.Value;
}
