// A node with objects: NAME, PEERS as a list of names, NODES in all. Nodes meet in the working directory: each
// writes its address into NAME.address. It appends one object of each type, prints what came of those of the others,
// and leaves when all nodes have seen all.
using Akka.Actor;
using FloodActors;
using Trading;
#if NEW
using Trading.Model;
#endif

var (name, peers, nodes) = (args[0], args[1].Split(',', StringSplitOptions.RemoveEmptyEntries), int.Parse(args[2]));
const string hocon = """
    akka {
      loglevel = WARNING
      actor.provider = remote
      remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
    }
    """;
#if NEW
object[] values =
[
    new Same(1, name), new Grown(name, 2, 0.5m), new Shrunk(name), new Relabelled(1, 2),
    new NewName(name), new Moved(name),
];
#else
object[] values =
[
    new Same(name, 1), new Grown(name, 2), new Shrunk(name, 3), new Relabelled(1, 2),
    new OldName(name), new Moved(name),
];
#endif

using var system = ActorSystem.Create("flood", FloodHardening.Config().WithFallback(hocon));
var seen = 0;
var flood = Flood.Start(
    system,
    new FloodCallbacks { OnEvent = Tell },
    settings => (settings with { NodeName = name, MessageId = MessageIdMode.Sequence }).AllowObjects(types =>
    {
        foreach (var value in values) types.Add(value.GetType());
    }));
var address = ((ExtendedActorSystem)system).Provider.DefaultAddress;
Put("address", $"{address.Host}:{address.Port}");
foreach (var peer in peers)
    if (await flood.ConnectAsync(await Get(peer, "address")) is ConnectRefused refused)
        throw new InvalidOperationException(refused.Reason);
await WaitFor(() => Directory.GetFiles(".", "*.linked").Length == nodes, () => Put("linked", ""));

foreach (var value in values)
    if (await flood.AppendAsync(FloodPayload.Object(value)) is Rejected rejected)
        throw new InvalidOperationException(rejected.Rejection.Message);
await WaitFor(() => Volatile.Read(ref seen) == values.Length * (nodes - 1), () => { });
await WaitFor(() => Directory.GetFiles(".", "*.done").Length == nodes, () => Put("done", ""));
await flood.LeaveAsync();
return 0;

void Tell(FloodEvent happened)
{
    var line = happened switch
    {
        MessageReceived { Message: var message } => $"{name} read {message.Value}",
        MessageUndecodable undecodable => $"{name} cannot read: {undecodable.Reason}",
        _ => null,
    };
    if (line is null) return;
    Console.WriteLine(line);
    Interlocked.Increment(ref seen);
}

void Put(string what, string text)
{
    File.WriteAllText($"{name}.{what}.part", text);
    File.Move($"{name}.{what}.part", $"{name}.{what}");
}

static async Task<string> Get(string node, string what)
{
    await WaitFor(() => File.Exists($"{node}.{what}"), () => { });
    return File.ReadAllText($"{node}.{what}");
}

static async Task WaitFor(Func<bool> condition, Action first)
{
    first();
    using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
    while (!condition()) await timer.WaitForNextTickAsync();
}
