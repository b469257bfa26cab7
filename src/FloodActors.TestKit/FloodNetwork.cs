using System.Collections.Concurrent;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using FloodActors.Simulation;

namespace FloodActors.TestKit;

/// <summary>A node of a <see cref="FloodNetwork"/>, with all its events.</summary>
public sealed class FloodNode
{
    private readonly ConcurrentQueue<FloodEvent> _events = new();

    internal FloodNode(int index, ActorSystem system, Func<FloodCallbacks, Flood> start)
    {
        Index = index;
        System = system;
        Flood = start(new FloodCallbacks { OnEvent = _events.Enqueue });
    }

    /// <summary>Its number in the topology.</summary>
    public int Index { get; }

    /// <summary>Its node name.</summary>
    public string Name => Flood.Settings.NodeName;

    /// <summary>The flood.</summary>
    public Flood Flood { get; }

    /// <summary>The actor system it runs in.</summary>
    public ActorSystem System { get; }

    /// <summary>Whether it was stopped.</summary>
    public bool IsStopped { get; internal set; }

    /// <summary>All its events since its start, in order.</summary>
    public IReadOnlyList<FloodEvent> Events => [.. _events];

    /// <summary>Messages from peers, in the order of delivery.</summary>
    public IReadOnlyList<FloodMessage> Received => [.. _events.OfType<MessageReceived>().Select(e => e.Message)];

    /// <summary>Every message it took, its own too, in order.</summary>
    public IReadOnlyList<FloodMessage> Messages => [.. _events.Select(MessageOf).OfType<FloodMessage>()];

    private static FloodMessage? MessageOf(FloodEvent @event) => @event switch
    {
        MessageReceived received => received.Message,
        MessageAppended appended => appended.Message,
        MessageUndecodable undecodable => undecodable.Message,
        _ => null,
    };
}

/// <summary>Nodes miss messages, or took some more than once; the message names both.</summary>
public sealed class FloodNotConvergedException(string message) : Exception(message);

/// <summary>Real nodes in this process, linked as a topology says. Dispose of it to stop them.</summary>
/// <example><code>
/// await using var network = await FloodNetwork.InOneSystemAsync(Sys, Topology.Ring(5));
/// await network[0].Flood.AppendAsync("hello");
/// await network.AwaitConvergenceAsync();
/// </code></example>
public sealed class FloodNetwork : IAsyncDisposable
{
    /// <summary>Above all levels: what <c>OFF</c> stands for in HOCON, for which Akka has no public name.</summary>
    private const LogLevel NoLogLevel = (LogLevel)int.MaxValue;

    private static int s_networks;

    private readonly bool _ownsSystems;
    private readonly List<FloodNode> _nodes = [];
    private readonly List<TopologyLink> _cut = [];

    private FloodNetwork(Topology topology, bool ownsSystems)
    {
        Topology = topology;
        _ownsSystems = ownsSystems;
    }

    /// <summary>Who is linked with whom.</summary>
    public Topology Topology { get; }

    /// <summary>The nodes, in the topology's order.</summary>
    public IReadOnlyList<FloodNode> Nodes => _nodes;

    /// <summary>A node by its number.</summary>
    public FloodNode this[int index] => _nodes[index];

    /// <summary>
    /// All nodes in one actor system, as floods with names: quick, no sockets. Completes when every link is up.
    /// </summary>
    /// <param name="system">The system, such as a TestKit's.</param>
    /// <param name="topology">Who is linked with whom.</param>
    /// <param name="configure">Changes the settings of each node.</param>
    /// <param name="link">False: start the nodes only.</param>
    public static async Task<FloodNetwork> InOneSystemAsync(
        ActorSystem system, Topology topology, Func<FloodSettings, FloodSettings>? configure = null, bool link = true)
    {
        var network = new FloodNetwork(topology, ownsSystems: false);
        var number = Interlocked.Increment(ref s_networks);
        for (var i = 0; i < topology.Nodes; i++)
        {
            var index = i;
            network._nodes.Add(
                new FloodNode(i, system, callbacks =>
                    Flood.Start(system, callbacks, Named(index, configure), $"net{number}-n{index}")));
        }
        if (link) await network.LinkAllAsync().ConfigureAwait(false);
        return network;
    }

    /// <summary>
    /// Each node in an actor system of its own, over Akka.Remote and free ports of this machine. Completes when every
    /// link is up.
    /// </summary>
    /// <param name="topology">Who is linked with whom.</param>
    /// <param name="configure">Changes the settings of each node.</param>
    /// <param name="hocon">Settings for each actor system.</param>
    /// <param name="link">False: start the nodes only.</param>
    public static async Task<FloodNetwork> OverRemotingAsync(
        Topology topology, Func<FloodSettings, FloodSettings>? configure = null, string hocon = "", bool link = true)
    {
        var network = new FloodNetwork(topology, ownsSystems: true);
        var config = ConfigurationFactory.ParseString(hocon).WithFallback(ConfigurationFactory.ParseString(
            """
            akka {
              loglevel = WARNING
              stdout-loglevel = OFF
              actor.provider = remote
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
              remote.retry-gate-closed-for = 200ms
            }
            """));
        for (var i = 0; i < topology.Nodes; i++)
        {
            var index = i;
            var system = ActorSystem.Create("flood", config);
            network._nodes.Add(
                new FloodNode(i, system, callbacks => Flood.Start(system, callbacks, Named(index, configure))));
        }
        if (link) await network.LinkAllAsync().ConfigureAwait(false);
        return network;
    }

    /// <summary>Links two nodes; completes when the link is up on both sides.</summary>
    /// <exception cref="InvalidOperationException">One of them refused.</exception>
    public async Task LinkAsync(int a, int b)
    {
        var (from, to) = (_nodes[a], _nodes[b]);
        var address = ReferenceEquals(from.System, to.System)
            ? to.Flood.Actor.Path.ToString()
            : to.Flood.Actor.Path.ToStringWithAddress(((ExtendedActorSystem)to.System).Provider.DefaultAddress);
        if (await from.Flood.ConnectAsync(address).ConfigureAwait(false) is ConnectRefused refused)
            throw new InvalidOperationException($"{from.Name} and {to.Name} could not be linked: {refused.Reason}");
        await EventuallyAsync(
            async () =>
                await IsLinkedAsync(from, to).ConfigureAwait(false)
                    && await IsLinkedAsync(to, from).ConfigureAwait(false),
            () => $"{from.Name} and {to.Name} are not linked").ConfigureAwait(false);
    }

    /// <summary>Ends the link between two nodes; completes when both have noticed.</summary>
    public async Task UnlinkAsync(int a, int b)
    {
        var (from, to) = (_nodes[a], _nodes[b]);
        await from.Flood.DisconnectAsync(to.Name).ConfigureAwait(false);
        await EventuallyAsync(
            async () =>
                !await IsLinkedAsync(from, to).ConfigureAwait(false)
                    && !await IsLinkedAsync(to, from).ConfigureAwait(false),
            () => $"{from.Name} and {to.Name} are still linked").ConfigureAwait(false);
    }

    /// <summary>
    /// Ends every link between these nodes and the others, on both sides. For silent cuts, use the simulator.
    /// </summary>
    public async Task PartitionAsync(params int[] side)
    {
        foreach (var link in Topology.Links)
        {
            if (side.Contains(link.A) == side.Contains(link.B) || _cut.Contains(link)) continue;
            _cut.Add(link);
            await UnlinkAsync(link.A, link.B).ConfigureAwait(false);
        }
    }

    /// <summary>Makes the links again that <see cref="PartitionAsync"/> ended.</summary>
    public async Task HealAsync()
    {
        foreach (var (a, b) in _cut) await LinkAsync(a, b).ConfigureAwait(false);
        _cut.Clear();
    }

    /// <summary>Stops a node; with systems of their own, its system. The others notice by themselves.</summary>
    public async Task StopAsync(int index)
    {
        _nodes[index].IsStopped = true;
        if (_ownsSystems) await _nodes[index].System.Terminate().ConfigureAwait(false);
        else await _nodes[index].Flood.LeaveAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Completes when every running node has every message that any of them took, once. This includes all messages that
    /// were appended before the call.
    /// </summary>
    /// <param name="within">How long to wait; by default 20 s. It only bounds a failing test.</param>
    /// <exception cref="FloodNotConvergedException">
    /// They did not converge; the message names the nodes and the messages.
    /// </exception>
    public Task AwaitConvergenceAsync(TimeSpan? within = null) => AwaitMessagesAsync(0, within);

    /// <summary>
    /// Completes when every running node has at least <paramref name="count"/> messages, the same ones, each once.
    /// </summary>
    /// <inheritdoc cref="AwaitConvergenceAsync"/>
    public Task AwaitMessagesAsync(int count, TimeSpan? within = null) => EventuallyAsync(
        async () =>
            await IsToldAsync().ConfigureAwait(false) && Running.All(node => node.Messages.Count >= count)
                && Differences() is null,
        () => Differences() ?? (Running.FirstOrDefault(node => node.Messages.Count < count) is { } lacking
            ? $"{lacking.Name} has {lacking.Messages.Count} messages of {count}"
            : "a node has taken messages of which it has not told, or appends still wait"),
        within);

    /// <summary>Every node that runs has the same messages now, each once.</summary>
    /// <inheritdoc cref="AwaitConvergenceAsync"/>
    public void AssertConverged()
    {
        if (Differences() is { } differences) throw new FloodNotConvergedException(differences);
    }

    /// <summary>
    /// Stops all nodes that still run. Links are ended first, so that none of the nodes misses another.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        var running = Running.ToList();
        foreach (var node in running) await EndLinksAsync(node).ConfigureAwait(false);
        await Task.WhenAll(running.Select(node => node.Flood.LeaveAsync())).ConfigureAwait(false);
        foreach (var node in running) node.IsStopped = true;
        if (!_ownsSystems) return;
        // All floods have left. What is still to come are Akka.Remote's lines on connections that end with a system.
        foreach (var node in running) node.System.EventStream.SetLogLevel(NoLogLevel);
        await Task.WhenAll(running.Select(node => node.System.Terminate())).ConfigureAwait(false);
    }

    private static async Task EndLinksAsync(FloodNode node)
    {
        // A flood that a test has ended has no links, and answers nobody.
        if (node.Flood.Completion.IsCompleted) return;
        foreach (var peer in await node.Flood.PeersAsync().ConfigureAwait(false))
            await node.Flood.DisconnectAsync(peer.Id).ConfigureAwait(false);
        await EventuallyAsync(
            async () => (await node.Flood.PeersAsync().ConfigureAwait(false)).All(peer => !peer.Connected),
            () => $"{node.Name} still has links").ConfigureAwait(false);
    }

    /// <summary>Every node has taken what was appended there, and has told of all that it took.</summary>
    private async Task<bool> IsToldAsync()
    {
        foreach (var node in Running.ToList())
        {
            var stats = await node.Flood.StatsAsync().ConfigureAwait(false);
            if (stats.AppendsWaiting > 0 || node.Messages.Count < stats.Appended + stats.Delivered) return false;
        }
        return true;
    }

    private IEnumerable<FloodNode> Running => _nodes.Where(node => !node.IsStopped);

    private Task LinkAllAsync() => Task.WhenAll(Topology.Links.Select(link => LinkAsync(link.A, link.B)));

    private static Func<FloodSettings, FloodSettings> Named(int index, Func<FloodSettings, FloodSettings>? configure) =>
        settings => (configure?.Invoke(settings) ?? settings) with { NodeName = $"n{index}" };

    private static async Task<bool> IsLinkedAsync(FloodNode node, FloodNode peer) =>
        (await node.Flood.PeersAsync().ConfigureAwait(false)).Any(p => p.Id == peer.Name && p.Connected);

    /// <summary>Which nodes miss or repeat which messages; null when none does.</summary>
    private string? Differences()
    {
        var held = Running.Select(node => (Node: node, node.Messages)).ToList();
        var all = new Dictionary<MessageId, FloodMessage>();
        foreach (var (_, messages) in held)
            foreach (var message in messages) all.TryAdd(message.Id, message);
        var text = new StringBuilder();
        foreach (var (node, messages) in held)
        {
            var counts = messages.GroupBy(message => message.Id)
                .ToDictionary(group => group.Key, group => group.Count());
            Describe(
                text, node, "misses", [.. all.Values.Where(message => !counts.ContainsKey(message.Id))], all.Count);
            Describe(
                text, node, "took more than once",
                [.. all.Values.Where(message => counts.GetValueOrDefault(message.Id) > 1)], all.Count);
        }
        return text.Length == 0 ? null : text.ToString();
    }

    private static void Describe(StringBuilder text, FloodNode node, string what, List<FloodMessage> messages, int all)
    {
        if (messages.Count == 0) return;
        text.Append(text.Length > 0 ? "; " : "").Append($"{node.Name} {what} {messages.Count} of {all} messages: ");
        text.AppendJoin(", ", messages.Take(5).Select(Title));
        if (messages.Count > 5) text.Append(", ...");
    }

    private static string Title(FloodMessage message)
    {
        if (message.Kind is not (PayloadKind.Text or PayloadKind.Json)) return message.ToString();
        var title = message.AsText();
        return title.Length > 40 ? $"'{title[..40]}...'" : $"'{title}'";
    }

    private static async Task EventuallyAsync(Func<Task<bool>> holds, Func<string> otherwise, TimeSpan? within = null)
    {
        var limit = within ?? TimeSpan.FromSeconds(20);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await holds().ConfigureAwait(false))
        {
            if (watch.Elapsed > limit)
                throw new FloodNotConvergedException($"After {limit.TotalSeconds} s: {otherwise()}");
            await timer.WaitForNextTickAsync().ConfigureAwait(false);
        }
    }
}
