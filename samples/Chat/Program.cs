// Three nodes in a line. What is written at one end is read at the other with the name of who wrote it, through a
// node in between.
using Akka.Actor;
using FloodActors;

await using var alice = await Node.Start("alice");
await using var bob = await Node.Start("bob", linkedTo: alice);
await using var carol = await Node.Start("carol", linkedTo: bob);

var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
await alice.Chat.Listen(message =>
{
    Console.WriteLine(
        $"alice reads: {message.Origin}> {message.Value} (it came from {message.Message.From ?? "herself"})");
    if (message.Value == "bye") done.SetResult();
});
await carol.Chat.Listen(message =>
{
    // An answer never comes before its question, on any node.
    if (message.Value == "who is there?") carol.Chat.Append("carol is");
});

await alice.Chat.AppendAsync("who is there?");
await foreach (var message in bob.Chat.MessagesAsync(replay: true))
    if (message is { Origin: "carol" }) break;
await carol.Chat.AppendAsync("bye");
await done.Task;

internal sealed class Node(ActorSystem system, Flood flood) : IAsyncDisposable
{
    public FloodTopic<string> Chat { get; } = flood.Topic("chat", FloodCodec.Text);

    public static async Task<Node> Start(string name, Node? linkedTo = null)
    {
        var system = ActorSystem.Create("flood", """
            akka {
              loglevel = WARNING
              actor.provider = remote
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 } # any free port
            }
            """);
        var flood = Flood.Start(system, configure: settings => settings with { NodeName = name });
        if (linkedTo is not null && await flood.ConnectAsync(linkedTo.Flood.Actor) is ConnectRefused refused)
            throw new InvalidOperationException(refused.Reason);
        return new Node(system, flood);
    }

    public Flood Flood => flood;

    public async ValueTask DisposeAsync()
    {
        await flood.LeaveAsync();
        await system.Terminate();
    }
}
