using System.Globalization;
using System.Runtime;
using FloodActors.Benchmarks.Common;
using FloodActors.Benchmarks.Processes;

namespace FloodActors.Benchmarks.Scale;

/// <summary>
/// One node that publishes and receives, in a process of its own: the hidden verb <c>scale-worker</c>. It is led by
/// lines on stdin, and ends with it.
/// <code>
///   setup -> address;  setup with all addresses -> joined;  load WINDOW RATE -> loading;
///   sample -> sample (totals since the start);  heard -> heard (nodes);  tally -> tally (of the window)
/// </code></summary>
internal static class ScaleWorker
{
    public const string Verb = "scale-worker";

    public static Task<int> Run() => Worker.Run(Play);

    private static async Task Play()
    {
        var setup = Worker.ReadSetup();
        var ledger = new Ledger(setup.Index);
        await using var system = Worker.Create(setup, ledger);
        Worker.Say(new WorkerEvent("address") { Address = system.Address });

        setup = Worker.ReadSetup();
        await system.Join(setup);
        Worker.Say(new WorkerEvent("joined"));

        var load = new Load(setup, system);
        var traffic = new TcpTraffic();
        var window = 0;
        while (Console.ReadLine() is { } line)
        {
            switch (line.Split(' '))
            {
                case ["load", var next, var rate]:
                    var number = int.Parse(next, CultureInfo.InvariantCulture);
                    if (number != window) ledger.Open(window = number);
                    load.Set(window, double.Parse(rate, CultureInfo.InvariantCulture));
                    Worker.Say(new WorkerEvent("loading"));
                    break;
                case ["sample"]:
                    traffic.Look();
                    Worker.Say(new WorkerEvent("sample")
                    {
                        Messages = ledger.Total,
                        Methods = JitInfo.GetCompiledMethodCount(),
                        WireSent = traffic.Sent,
                        WireReceived = traffic.Received,
                        Counters = await system.Counters(),
                    });
                    break;
                case ["heard"]:
                    Worker.Say(new WorkerEvent("heard") { Messages = ledger.Heard });
                    break;
                case ["tally"]:
                    var (duplicates, delays) = ledger.Tally();
                    Worker.Say(new WorkerEvent("tally")
                    {
                        Published = load.Published,
                        Refused = load.Refused,
                        Duplicates = duplicates,
                        Delays = delays,
                    });
                    break;
                default:
                    return;
            }
        }
    }
}
