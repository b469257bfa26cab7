// Two nodes in one process, each with an actor system and a port of its own. They link, exchange a question and an
// answer, and leave.
using Akka.Actor;
using FloodActors;

const string hocon = """
    akka {
      loglevel = WARNING
      actor.provider = remote
      remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 } # any free port
    }
    """;

using var system1 = ActorSystem.Create("flood", hocon);
using var system2 = ActorSystem.Create("flood", hocon);
var alice = Flood.Start(system1, configure: settings => settings with { NodeName = "alice" });
var bob = Flood.Start(system2, configure: settings => settings with { NodeName = "bob" });

var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
await alice.Listen(new FloodCallbacks { OnMessage = message =>
    answer.TrySetResult($"{message.From}: {message.AsText()}") });
await bob.Listen(new FloodCallbacks
{
    OnMessage = message =>
    {
        Console.WriteLine($"bob received from {message.From}: {message.AsText()}");
        bob.Append("it did");
    },
});

switch (await bob.ConnectAsync(AddressOf(system1)))
{
    case Connected connected:
        Console.WriteLine($"bob is linked with {connected.Peer}");
        break;
    case ConnectRefused refused:
        Console.Error.WriteLine(refused.Reason);
        return 1;
}

if (await alice.AppendAsync("did this arrive?") is Rejected rejected)
{
    Console.Error.WriteLine(rejected.Rejection.Message);
    return 1;
}
Console.WriteLine($"alice received from {await answer.Task}");

await bob.LeaveAsync();
await alice.LeaveAsync();
return 0;

static string AddressOf(ActorSystem system)
{
    var address = ((ExtendedActorSystem)system).Provider.DefaultAddress;
    return $"{address.Host}:{address.Port}";
}
