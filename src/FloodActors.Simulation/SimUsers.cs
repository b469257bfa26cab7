using FloodActors.Core;

namespace FloodActors.Simulation;

/// <summary>The users' actions, with the same calls that the facade makes for them.</summary>
internal sealed class SimUsers(SimWorld world)
{
    private readonly List<SimAnswer> _answers = [];
    private readonly Dictionary<SimulatedUse, Action> _ends = new(ReferenceEqualityComparer.Instance);

    /// <summary>All waits so far.</summary>
    public IReadOnlyList<SimAnswer> Answers => _answers;

    public void Append(SimulatedAppend append)
    {
        if (world.Nodes[append.Node] is not { } node) return;
        if (append.Stream is not null)
        {
            foreach (var stream in node.Links.OfType<SimStream>().Where(s => s.Use.Id == append.Stream).ToList())
                stream.Bring(append);
            node.Process.Run();
            return;
        }
        var body = world.Body(append);
        if (body.Length > node.Settings.MaxMessageSize)
        {
            Refuse(node,
                new FloodRejection(RejectReason.TooLarge, $"{body.Length} bytes exceed flood.max-message-size"));
            return;
        }
        var answer = append.IsAwaited
            ? Answer<AppendResult>(node, "an append", outcome => world.Oracle.Answered(node, append, outcome)) : null;
        var request = new AppendRequest(append.Kind, body, world.Hash?.Invoke(append.Kind, body.Span) ?? default,
            answer);
        var rejection = node.Queue.TryAdd(request, out var poke);
        if (poke) Poke(node);
        if (rejection is null)
        {
            node.Record.Pending.Enqueue(append);
        }
        else
        {
            answer?.Forget();
            Refuse(node, rejection);
        }
        world.Oracle.AfterAppend(node);
        node.Process.Run();
    }

    public void Append(SimulatedKey key)
    {
        if (world.Nodes[key.Node] is not { } node) return;
        if (key.Size > node.Settings.MaxMessageSize)
        {
            Refuse(
                node, new FloodRejection(RejectReason.TooLarge, $"{key.Size} bytes exceed flood.max-message-size"));
            return;
        }
        var subject = Wire.Subject.Of(key.Topic, "bytes").WithKey(key.Name, removes: key.Size == 0);
        var answer = Answer<AppendResult>(
            node, "a value of a key", outcome => world.Oracle.Answered(node, key, outcome));
        var request = new AppendRequest(PayloadKind.Bytes, Oracle.KeyBody(key), default, answer)
        {
            Header = Wire.MessageHeader.Create(default, subject),
        };
        var rejection = node.Queue.TryAdd(request, out var poke);
        if (poke) Poke(node);
        if (rejection is not null)
        {
            answer.Forget();
            Refuse(node, rejection);
        }
        world.Oracle.AfterAppend(node);
        node.Process.Run();
    }

    public void Connect(int from, int to)
    {
        if (world.Nodes[from] is not { } node) return;
        node.Post(() => node.Node.Connect(world.Network.AddressOf(to).Text, null, null, node.Time));
        node.Process.Run();
    }

    public void Disconnect(UnlinkFault unlink)
    {
        if (world.Nodes[unlink.Node] is not { } node) return;
        var name = SimNode.NameOf(unlink.Neighbour);
        node.Post(() =>
        {
            var isUp = node.Node.Links.Any(link => link.IsUp && link.Node!.NodeName == name);
            var existed = node.Node.Disconnect(unlink.ByAddress ? $"{name}:1" : name, node.Time);
            if (isUp && !existed)
                world.Oracle.Break(Guarantee.Alive, $"{node.Name} says that it has no peer {name} to disconnect");
        });
        node.Process.Run();
    }

    public void Leave(SimNode node)
    {
        node.Post(() =>
        {
            if (node.LeaveBy is not null || node.Node.IsOver) return;
            FlushNote? note = null;
            var answer = Answer<FlushResult>(node, "a leave", outcome =>
            {
                if (note is not null) world.Oracle.Flushed(node, note, outcome, mayTimeOut: true);
            });
            node.LeaveBy = node.Now + (long)node.Settings.LeaveTimeout.TotalMilliseconds;
            note = world.Oracle.NoteForFlush(node);
            node.Node.Leave(answer, node.Time);
            world.Mutation.Leaving(node);
        });
        node.Process.Run();
    }

    public void Begin(SimulatedUse use)
    {
        if (world.Nodes[use.Node] is not { } node) return;
        _ends[use] = use switch
        {
            FlushUse => BeginFlush(node),
            AwaitPeersUse wait => BeginWait(node, wait.Count),
            ConnectUse => BeginConnect(node),
            SubscribeUse subscribe => BeginSubscription(node, subscribe),
            StreamUse stream => BeginStream(node, stream),
            _ => throw new ArgumentException($"{use.GetType().Name} is unknown.", nameof(use)),
        };
        node.Process.Run();
    }

    public void End(SimulatedUse use)
    {
        if (!_ends.Remove(use, out var end)) return;
        end();
        world.Nodes[use.Node]?.Process.Run();
    }

    private Action BeginFlush(SimNode node)
    {
        FlushNote? note = null;
        var answer = Answer<FlushResult>(node, "a flush", outcome =>
            world.Oracle.Flushed(node, note!, outcome, mayTimeOut: false));
        node.Post(() =>
        {
            note = world.Oracle.NoteForFlush(node);
            node.Node.Flush(answer, node.Time);
        });
        return () => Forget(node, answer);
    }

    private Action BeginWait(SimNode node, int count)
    {
        var answer = Answer<bool>(node, $"a wait for {count} peers", _ => world.Oracle.AreUp(node, count));
        node.Post(() => node.Node.WhenConnected(count, answer, node.Time));
        return () => Forget(node, answer);
    }

    private Action BeginConnect(SimNode node)
    {
        var answers = new List<SimAnswer>();
        foreach (var neighbour in world.Options.Topology.NeighboursOf(node.Index))
        {
            if (world.IsUnlinked(node.Index, neighbour)) continue;
            var address = world.Network.AddressOf(neighbour);
            var answer = Answer<ConnectResult>(node, $"a connect to {address}", outcome =>
                world.Oracle.IsUp(node, outcome));
            answers.Add(answer);
            node.Post(() => node.Node.Connect(address.Text, null, answer, node.Time));
        }
        return () => answers.ForEach(answer => Forget(node, answer));
    }

    private Action BeginSubscription(SimNode node, SubscribeUse use)
    {
        var subscriber = new SimSubscriber(
            node, use.Drops, use.Replay, SimWorld.Micros(use.Delay), use.Topic);
        node.Subscribe(subscriber);
        return () => node.Unsubscribe(subscriber);
    }

    private Action BeginStream(SimNode node, StreamUse use)
    {
        SimStream? stream = null;
        var peer = new StreamPeer(use.Id) { Kinds = use.Kinds, CatchUp = use.CatchUp, Remember = use.Remember };
        node.Post(() => node.Node.OpenStream(
            peer,
            (link, origin) =>
            {
                stream = node.Add(_ => new SimStream(node, use, link, origin));
                world.Oracle.Started(link, stream.Holder);
                return stream;
            },
            node.Time));
        return () => node.Post(() => stream?.End(use.Breaks ? LinkEnd.Failure : LinkEnd.Completed));
    }

    private SimAnswer<T> Answer<T>(SimNode node, string what, Action<T>? check)
    {
        var answer = new SimAnswer<T>(node, what, check);
        _answers.Add(answer);
        return answer;
    }

    private void Forget(SimNode node, SimAnswer answer) => node.Post(() =>
    {
        if (answer.IsOver) return;
        node.Node.Forget(answer);
        answer.Forget();
        world.Mutation.Forgot(node, answer);
    });

    private void Refuse(SimNode node, FloodRejection rejection)
    {
        node.Record.Refused++;
        world.Mutation.Refused(node);
        if (node.Refusals.Count(rejection)) Poke(node);
    }

    private void Poke(SimNode node) => node.Post(() =>
    {
        world.Mutation.TakingAppends(node);
        node.Node.TakeAppends(node.Time);
    });
}
