// Settings of a fleet. One node may change them, all others hold the latest of each, and one that starts later gets
// them at once.
using Akka.Actor;
using FloodActors;

// The same on every node: only "control" may append to the topic "config". An origin is claimed, not proven: link
// with nodes you trust.
static FloodLimits Limits() => new()
{
    MaxSize = 4096,
    Topics = { ["config"] = new TopicLimits { Origins = ["control"] } },
};

using var system1 = ActorSystem.Create("flood", Hocon.Remote);
using var system2 = ActorSystem.Create("flood", Hocon.Remote);
var control = Flood.Start(system1, configure: settings => settings with { NodeName = "control", Validator = Limits() });

var config = control.Topic<string>("config", FloodCodec.Text);
await config.AppendAsync("debug", key: "log-level");
await config.AppendAsync("10", key: "workers");
await config.AppendAsync("info", key: "log-level");
await config.AppendAsync("yes", key: "beta");
await config.RemoveAsync("beta");

var worker = Flood.Start(system2, configure: settings => settings with { NodeName = "worker", Validator = Limits() });
var mine = worker.Topic<string>("config", FloodCodec.Text);
var complete = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
var known = new Dictionary<string, string>();
await mine.Listen(setting =>
{
    if (setting.IsRemoval) known.Remove(setting.Key!);
    else known[setting.Key!] = setting.Value;
    if (known.Count == 2) complete.TrySetResult();
}, replay: true);
if (await worker.ConnectAsync(control.Actor) is ConnectRefused refused)
    throw new InvalidOperationException(refused.Reason);
await complete.Task;
foreach (var (key, value) in known.OrderBy(setting => setting.Key))
    Console.WriteLine($"worker starts with {key} = {value}");

if (await mine.AppendAsync("100", key: "workers") is Rejected rejected)
    Console.WriteLine($"worker may not: {rejected.Rejection.Message}");
Console.WriteLine($"log-level is still {(await mine.LatestAsync("log-level"))!.Value}");

await worker.LeaveAsync();
await control.LeaveAsync();

internal static class Hocon
{
    public const string Remote = """
        akka {
          loglevel = WARNING
          actor.provider = remote
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 } # any free port
        }
        """;
}
