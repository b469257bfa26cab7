using FloodActors.Benchmarks.Processes;
using FloodActors.Benchmarks.Systems;
using Network = FloodActors.Benchmarks.Systems.Remoting;

namespace FloodActors.Benchmarks.Topics;

/// <summary>
/// The publisher (node 0) or the slow subscriber (node 1) of keys, in a process of its own: the hidden verb
/// <c>keys-worker</c>. It is led by lines on stdin, and ends with it.
/// <code>
///   setup -> address;  setup with all addresses -> joined;  start -> started;  window -> open;
///   tally -> tally (since the window was opened)
/// </code></summary>
internal static class KeysWorker
{
    public const string Verb = "keys-worker";

    public static Task<int> Run() => Worker.Run(Play);

    private static async Task Play()
    {
        var setup = Worker.ReadSetup();
        using var system = Network.Start("remote", setup.Hocon);
        var flood = Flood.Start(system, configure: settings => settings with
        {
            NodeName = $"n{setup.Index}", MessageId = MessageIdMode.Sequence,
        });
        var address = Network.AddressOf(system);
        Worker.Say(new WorkerEvent("address") { Address = $"{address.Host}:{address.Port}" });

        setup = Worker.ReadSetup();
        var prices = flood.Topic("prices", PriceJson.Default.Price);
        var publisher = setup.Index == 0 ? new KeysPublisher(prices, setup.Rate) : null;
        var subscriber = setup.Index == 0 ? null : new KeysSubscriber();
        if (subscriber is not null)
        {
            await prices.Listen(subscriber.OnMessage);
            if (await flood.ConnectAsync(setup.Addresses[0]) is ConnectRefused refused)
                throw new InvalidOperationException(refused.Reason);
        }
        await flood.WhenConnected();
        Worker.Say(new WorkerEvent("joined"));

        while (Console.ReadLine() is { } line)
        {
            switch (line)
            {
                case "start":
                    publisher?.Start();
                    Worker.Say(new WorkerEvent("started"));
                    break;
                case "window":
                    publisher?.Open();
                    subscriber?.Open();
                    Worker.Say(new WorkerEvent("open"));
                    break;
                case "tally":
                    Worker.Say(publisher?.Tally() ?? subscriber!.Tally());
                    break;
                default:
                    return;
            }
        }
    }
}
