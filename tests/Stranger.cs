using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch.SysMsg;
using Akka.Remote;
using Akka.Routing;
using Akka.Serialization;

namespace FloodActors.Tests;

/// <summary>Bytes that leave under one of Akka's own serializers, with a manifest as the sender likes it.</summary>
public abstract record Forged(string Manifest, byte[] Bytes);

/// <inheritdoc cref="Forged"/>
public sealed record ForgedJson(string Manifest, byte[] Bytes) : Forged(Manifest, Bytes);

/// <inheritdoc cref="Forged"/>
public sealed record ForgedSelection(string Manifest, byte[] Bytes) : Forged(Manifest, Bytes);

/// <summary>Writes <see cref="Forged"/> under the id of another serializer.</summary>
public abstract class Forger(ExtendedActorSystem system, int id) : SerializerWithStringManifest(system)
{
    public override int Identifier => id;

    public override string Manifest(object o) => ((Forged)o).Manifest;

    public override byte[] ToBinary(object obj) => ((Forged)obj).Bytes;

    public override object FromBinary(byte[] bytes, string manifest) =>
        throw new NotSupportedException("A stranger does not listen.");
}

/// <inheritdoc cref="Forger"/>
public sealed class JsonForger(ExtendedActorSystem system) : Forger(system, 1);

/// <inheritdoc cref="Forger"/>
public sealed class SelectionForger(ExtendedActorSystem system) : Forger(system, 6);

/// <summary>An Akka.Remote client that says to a node what no flood says.</summary>
public sealed class Stranger : IAsyncDisposable
{
    /// <summary>
    /// Actors of a node: its flood, a child of it, and those that remoting and the system themselves are made of.
    /// </summary>
    public static IReadOnlyList<string> Paths { get; } =
    [
        "/system/flood", "/system/flood/$a", "/system/endpointManager", "/user", "/system/transports",
        "/system/remote-watcher",
        "/system/remoting-terminator", "/remote", "/system", "/",
    ];

    private Stranger(ActorSystem system) => System = system;

    public ActorSystem System { get; }

    public static Stranger Start(string hocon = "")
    {
        var assembly = typeof(Stranger).Assembly.GetName().Name;
        var config = ConfigurationFactory.ParseString(
            $$"""
            akka {
              loglevel = OFF
              stdout-loglevel = OFF
              log-dead-letters = off
              actor.provider = remote
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
              remote.retry-gate-closed-for = 50ms
              actor.serializers {
                forged-json = "FloodActors.Tests.JsonForger, {{assembly}}"
                forged-selection = "FloodActors.Tests.SelectionForger, {{assembly}}"
              }
              actor.serialization-bindings {
                "FloodActors.Tests.ForgedJson, {{assembly}}" = forged-json
                "FloodActors.Tests.ForgedSelection, {{assembly}}" = forged-selection
              }
            }
            """);
        return new Stranger(ActorSystem.Create(
            "flood",
            ConfigurationFactory.ParseString(hocon).WithFallback(config).WithFallback(FloodExtension.DefaultConfig())));
    }

    /// <summary>
    /// Links as a flood does. What was said before, the node has dealt with by then, for it reads in order.
    /// </summary>
    public async Task<ConnectResult> Link(string node, string name)
    {
        var flood = Flood.Start(System, configure: settings => settings with { NodeName = name });
        return await flood.ConnectAsync(node).WaitAsync(TimeSpan.FromSeconds(20));
    }

    /// <summary>Says it to the very actor.</summary>
    /// <param name="node">HOST:PORT.</param>
    /// <param name="path">An actor there.</param>
    /// <param name="message">Anything; a system message goes the way of these.</param>
    public void Tell(string node, string path, object message)
    {
        var target = Find(node, path);
        if (message is ISystemMessage signal) ((IInternalActorRef)target).SendSystemMessage(signal);
        else target.Tell(message, ActorRefs.NoSender);
    }

    /// <summary>Says it to a selection, as a flood does with its greeting.</summary>
    /// <inheritdoc cref="Tell"/>
    public void Select(string node, string path, object message) =>
        System.ActorSelection($"akka.tcp://flood@{node}{path}").Tell(message, ActorRefs.NoSender);

    /// <summary>A reference to an actor of a node.</summary>
    public IActorRef Find(string node, string path, string system = "flood") =>
        ((ExtendedActorSystem)System).Provider.ResolveActorRef($"akka.tcp://{system}@{node}{path}");

    /// <summary>Completes when a node has ended a connection of this stranger, or has not let one come about.</summary>
    public Task Ended(string node)
    {
        var ended = new TaskCompletionSource();
        var ear = System.ActorOf(Props.Create(() => new Ear(node, ended)));
        System.EventStream.Subscribe(ear, typeof(RemotingLifecycleEvent));
        return ended.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    public async ValueTask DisposeAsync() => await System.Terminate();
}

/// <inheritdoc cref="Stranger.Ended"/>
internal sealed class Ear(string node, TaskCompletionSource ended) : UntypedActor
{
    protected override void OnReceive(object message)
    {
        if (message is DisassociatedEvent or AssociationErrorEvent
            && ((AssociationEvent)message).RemoteAddress is var from && $"{from.Host}:{from.Port}" == node)
            ended.TrySetResult();
    }
}

/// <summary>What Akka can carry that a flood has no use for, by the serializer that reads it.</summary>
public static class Harm
{
    private static readonly Exception Cause = new InvalidOperationException("a stranger says so");

    /// <param name="about">An actor that the message is about: of the node that it is sent to.</param>
    public static IReadOnlyList<object> All(IActorRef about)
    {
        var actor = (IInternalActorRef)about;
        return
        [
            // akka-misc
            Kill.Instance, PoisonPill.Instance, new Identify(1), new ActorIdentity(1, about),
            IntentionalRestart.Instance, new Status.Success(1),
            new Status.Failure(Cause), about, new RemoteScope(about.Path.Address), FromConfig.Instance,
            new RoundRobinPool(1000),
            ConfigurationFactory.ParseString("a = b"),

            // akka-system-msg
            new Suspend(), new Recreate(Cause), new Resume(Cause),
            new Failed(about, Cause, 0), new DeathWatchNotification(about, true, true),
            new Create(), new Supervise(about, false), new Terminate(),
            new Watch(actor, actor), new Unwatch(actor, actor),

            // primitive, bytes, proto, json
            "text", 1, 1L, new byte[] { 1 }, new Google.Protobuf.WellKnownTypes.Timestamp { Seconds = 1 },
            new PlainObject("hello"),
            new ForgedJson(
                "System.IO.FileSystemWatcher, System.IO.FileSystem.Watcher", "{\"Path\":\"/tmp\"}"u8.ToArray()),

            // akka-containers: not a selection, and a selection that holds one of the above
            new ForgedSelection("System.IO.FileSystemWatcher, System.IO.FileSystem.Watcher", [1, 2, 3]),
            new ActorSelectionMessage(Kill.Instance, [new SelectChildName("system"), new SelectChildName("flood")]),
        ];
    }

    /// <summary>A selection within a selection, as often as one frame has room for.</summary>
    public static ForgedSelection NestedSelections(int bytes)
    {
        // { 1: { 2: 6, 1: the next one } }: the serializer first, so that what is outside can be written in front of
        // what is inside.
        var (buffer, start) = (new byte[bytes], bytes);
        while (start > 16)
        {
            Prepend(0x0A, bytes - start);
            buffer[--start] = 6;
            buffer[--start] = 0x10;
            Prepend(0x0A, bytes - start);
        }
        return new ForgedSelection("", buffer[start..]);

        void Prepend(byte tag, int length)
        {
            Span<byte> number = stackalloc byte[5];
            var size = 0;
            do
            {
                number[size++] = (byte)(length < 0x80 ? length : (length & 0x7F) | 0x80);
                length >>= 7;
            }
            while (length > 0);
            start -= size;
            number[..size].CopyTo(buffer.AsSpan(start));
            buffer[--start] = tag;
        }
    }
}

/// <summary>Any object.</summary>
public sealed record PlainObject(string Text);
