using System.Text.Json;
using FloodActors.Benchmarks.Systems;
using FloodActors.Benchmarks.Topics;

namespace FloodActors.Benchmarks.Processes;

/// <summary>What a worker says: one JSON object a line on stdout.</summary>
internal sealed record WorkerEvent(string Event)
{
    public string? Address { get; init; }

    public int ProgressPort { get; init; }

    public long Messages { get; init; }

    public double Seconds { get; init; }

    public string? Problem { get; init; }

    public Dictionary<string, double>? Counters { get; init; }

    public double[]? Delays { get; init; }

    /// <summary>Methods compiled since the process started.</summary>
    public long Methods { get; init; }

    /// <summary>Bytes sent by the process's connections, with the headers of TCP and IP.</summary>
    public double WireSent { get; init; }

    /// <summary>Bytes received likewise.</summary>
    public double WireReceived { get; init; }

    /// <summary>Messages published in a window.</summary>
    public long Published { get; init; }

    /// <summary>Messages of a window that came again.</summary>
    public long Duplicates { get; init; }

    /// <summary>Messages that the system did not accept from its publisher.</summary>
    public long Refused { get; init; }
}

/// <summary>
/// One node in a process of its own: the hidden verb <c>worker</c>. It is led through its steps by lines on stdin, and
/// ends with it.
/// <code>
///   setup -> address;  setup with all addresses -> joined;  probe (publisher) -> probed;
///   warm (publisher) -> warm and methods -> methods, again and again;  note N (receivers);
///   measure (publisher) -> measured;  report -> report
/// </code></summary>
internal static class Worker
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static Task<int> Run() => Run(Play);

    public static async Task<int> Run(Func<Task> play)
    {
        try
        {
            await play();
            return 0;
        }
        catch (Exception e)
        {
            Say(new WorkerEvent("failed") { Problem = $"{e.GetType().Name}: {e.Message}" });
            await Console.Error.WriteLineAsync(e.ToString());
            return 1;
        }
    }

    public static string Format<T>(T value) => JsonSerializer.Serialize(value, Json);

    public static WorkerEvent? Parse(string line)
    {
        try
        {
            return line.StartsWith('{') ? JsonSerializer.Deserialize<WorkerEvent>(line, Json) : null;
        }
        catch (JsonException)
        {
            return null; // a log line of the system under test; the caller passes it on to stderr
        }
    }

    private static async Task Play()
    {
        var setup = ReadSetup();
        using var progress = setup.Index == 0 ? new ProgressServer(setup.Nodes - 1) : null;
        using var receiver = setup.Index > 0 ? new Receiver(setup) : null;
        await using var system = Create(setup, receiver);
        Say(new WorkerEvent("address") { Address = system.Address, ProgressPort = progress?.Port ?? 0 });

        setup = ReadSetup();
        await system.Join(setup);
        Say(new WorkerEvent("joined"));

        var publisher = progress is null ? null : new Publisher(setup, system, progress);
        while (Console.ReadLine() is { } line)
        {
            switch (line.Split(' '))
            {
                case ["probe"]:
                    publisher!.Probe();
                    Say(new WorkerEvent("probed"));
                    break;
                case ["methods"]:
                    Say(new WorkerEvent("methods") { Messages = System.Runtime.JitInfo.GetCompiledMethodCount() });
                    break;
                case ["warm"]:
                    publisher!.Run(setup.WarmUpSeconds, 0);
                    Say(new WorkerEvent("warm") { Messages = publisher.Published });
                    break;
                case ["note", var from]:
                    receiver!.NoteFrom(long.Parse(from, System.Globalization.CultureInfo.InvariantCulture));
                    Say(new WorkerEvent("noting"));
                    break;
                case ["measure"]:
                    var (messages, seconds) = publisher!.Run(setup.Seconds, setup.Messages);
                    Say(new WorkerEvent("measured") { Messages = messages, Seconds = seconds });
                    break;
                case ["report"]:
                    Say(new WorkerEvent("report")
                    {
                        Messages = receiver?.Count ?? publisher!.Published,
                        Problem = receiver?.Problem,
                        Counters = await system.Counters(),
                        Delays = setup.Latency ? receiver?.Delays() : null,
                    });
                    break;
                default:
                    return;
            }
        }
    }

    public static IMessageSystem Create(Setup setup, IReceiver? receiver) => setup.Contestant.Kind switch
    {
        Contestant.Flood => new FloodSystem(setup, receiver),
        Contestant.PubSub => new PubSubSystem(setup, receiver),
        Contestant.Control => new ControlSystem(setup, receiver),
        Contestant.TypedFlood => new TypedFloodSystem(setup, receiver),
        Contestant.TypedPubSub => new TypedPubSubSystem(setup, receiver),
        Contestant.Nats => new NatsSystem(setup, receiver),
        var kind => throw new ArgumentException($"unknown system '{kind}'"),
    };

    public static Setup ReadSetup() =>
        JsonSerializer.Deserialize<Setup>(
            Console.ReadLine() ?? throw new EndOfStreamException("no setup on stdin"), Json)
            ?? throw new InvalidDataException("an empty setup");

    public static void Say(WorkerEvent said) => Console.Out.WriteLine(Format(said));
}
