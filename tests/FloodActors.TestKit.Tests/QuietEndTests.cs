using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;
using FloodActors.Simulation;

namespace FloodActors.TestKit.Tests;

/// <summary>A test that is over says nothing more.</summary>
public sealed class QuietEndTests : Akka.TestKit.Xunit2.TestKit
{
    [Fact]
    public async Task Twenty_nodes_in_one_system_end_without_a_line_in_the_log()
    {
        var lines = new ConcurrentQueue<string>();
        var listener = Sys.ActorOf(Props.Create(() => new Listener(lines)));
        var network = await FloodNetwork.InOneSystemAsync(Sys, Topology.Ring(20));
        await network[0].Flood.AppendAsync("hello");
        await network.AwaitMessagesAsync(1);
        Assert.True(Sys.EventStream.Subscribe(listener, typeof(LogEvent)));
        Assert.True(Sys.EventStream.Subscribe(listener, typeof(DeadLetter)));
        await network.DisposeAsync();
        await ExpectOnlyAsync(Sys, lines);
    }

    [Fact]
    public async Task Twenty_nodes_over_remoting_end_without_a_line_in_the_log()
    {
        QuietEndLogger.Lines.Clear();
        var network = await FloodNetwork.OverRemotingAsync(
            Topology.Ring(20), hocon: "akka.loggers = [\"FloodActors.TestKit.Tests.QuietEndLogger, "
                + "FloodActors.TestKit.Tests\"]");
        await network[0].Flood.AppendAsync("hello");
        await network.AwaitMessagesAsync(1);
        QuietEndLogger.Lines.Clear();
        await network.DisposeAsync();
        Assert.True(QuietEndLogger.Lines.IsEmpty, string.Join('\n', QuietEndLogger.Lines));
    }

    /// <summary>What the network logged came before what is logged after it.</summary>
    private async Task ExpectOnlyAsync(ActorSystem system, ConcurrentQueue<string> lines)
    {
        system.EventStream.Publish(new Warning("test", typeof(QuietEndTests), "the end"));
        await AwaitConditionAsync(() =>
            Task.FromResult(lines.Any(line => line.Contains("the end", StringComparison.Ordinal))));
        var others = lines.Where(line => !line.Contains("the end", StringComparison.Ordinal)).ToList();
        Assert.True(others.Count == 0, string.Join('\n', others));
    }

    private sealed class Listener(ConcurrentQueue<string> lines) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is not LogEvent || message is Warning or Error
                || message.ToString()!.Contains("DeadLetter", StringComparison.OrdinalIgnoreCase))
                lines.Enqueue(message.ToString()!);
        }
    }
}

/// <summary>A logger that keeps what it is told.</summary>
public sealed class QuietEndLogger : ReceiveActor
{
    internal static readonly ConcurrentQueue<string> Lines = new();

    /// <inheritdoc cref="QuietEndLogger"/>
    public QuietEndLogger()
    {
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(line => Lines.Enqueue(line.ToString()!));
    }
}
