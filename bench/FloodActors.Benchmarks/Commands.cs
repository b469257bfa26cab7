using System.CommandLine;
using FloodActors.Benchmarks.Common;
using FloodActors.Benchmarks.InProcess;
using FloodActors.Benchmarks.Latency;
using FloodActors.Benchmarks.Memory;
using FloodActors.Benchmarks.Micro;
using FloodActors.Benchmarks.Plots;
using FloodActors.Benchmarks.Processes;
using FloodActors.Benchmarks.Systems;
using FloodActors.Benchmarks.Topics;

namespace FloodActors.Benchmarks;

/// <summary>
/// The command line. Every verb prints a table, or JSON with --json, on stdout; progress is on stderr.
/// </summary>
internal static partial class Commands
{
    private static readonly Option<bool> Json =
        new("--json") { Description = "Print one JSON object instead of tables." };
    private static readonly Option<FileInfo?> Output =
        new("--output") { Description = "Write the JSON into this file, too." };
    private static readonly Option<int> Runs =
        new("--runs") { Description = "Runs of each case; the median counts.", DefaultValueFactory = _ => 5 };
    private static readonly Option<double> Seconds =
        new("--seconds") { Description = "Length of the measured part of a run.", DefaultValueFactory = _ => 3 };
    private static readonly Option<double> WarmUp = new("--warm-up")
    {
        Description =
            "Seconds of a round at full load before it; rounds are repeated until hardly anything is compiled.",
        DefaultValueFactory = _ => 1.5,
    };
    private static readonly Option<long> Messages = new("--messages")
    {
        Description = "Measure so many messages instead of --seconds.",
        DefaultValueFactory = _ => 0,
    };
    private static readonly Option<int[]> Nodes = new("--nodes")
    {
        Description = "Processes.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [2, 4, 8],
    };
    private static readonly Option<int[]> Sizes = new("--sizes")
    {
        Description = "Bytes of a message, at least 16.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [100, 1000, 10_000],
    };
    private static readonly Option<bool> Pids =
        new("--pids") { Description = "Print the pids of the workers before measuring, for a profiler." };
    private static readonly Option<string> MessageId = OneOf(
        "--message-id", "How the flood names messages.", "content", "sequence");
    private static readonly Option<string[]> Systems = SystemsOption();

    static Commands()
    {
        AtLeast(Runs, 1);
        Sizes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int[]>()!.Any(size => size is < TestMessage.MinSize or > 60_000 - 4))
                result.AddError("--sizes: 16 to 59996");
        });
        Nodes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int[]>()!.Any(nodes => nodes < 2)) result.AddError("--nodes: at least 2");
        });
    }

    public static RootCommand Root() =>
        new("Measures FloodActors next to what else there is. Run it in Release, on a quiet machine.")
    {
        ProcessesVerb(),
        LatencyVerb(),
        InProcessVerb(),
        TopicsVerb(),
        MicroVerb(),
        MemoryVerb(),
        ScaleVerb(),
        DistanceVerb(),
        BroadcastVerb(),
        RoutesVerb(),
        PlotVerb(),
        WorkerVerb(),
        ScaleWorkerVerb(),
        KeysWorkerVerb(),
    };

    private static Command ProcessesVerb()
    {
        var command = new Command(
            "processes", "Throughput over real processes: FloodActors, DistributedPubSub, and bare Akka.Remote.")
        {
            Systems, Nodes, Sizes, Runs, WarmUp, Seconds, Messages, MessageId, Pids, Json, Output,
        };
        command.SetAction(async (parsed, _) =>
        {
            var result = await ProcessesCommand.Run(
                new ProcessesOptions
                {
                    Systems = Contestant.Kinds.Where(kind => parsed.GetValue(Systems)!.Contains(kind.Name)).ToList(),
                    Nodes = parsed.GetValue(Nodes)!,
                    Sizes = parsed.GetValue(Sizes)!,
                    Runs = parsed.GetValue(Runs),
                    WarmUpSeconds = parsed.GetValue(WarmUp),
                    Seconds = parsed.GetValue(Seconds),
                    Messages = parsed.GetValue(Messages),
                    MessageId = parsed.GetValue(MessageId)!,
                    ShowPids = parsed.GetValue(Pids),
                },
                Line(parsed));
            Report.Write(result, ProcessesCommand.Format(result), parsed.GetValue(Json), parsed.GetValue(Output));
            return result.Failed ? 1 : 0;
        });
        return command;
    }

    private static Command LatencyVerb()
    {
        var hops = new Option<int>("--hops")
        {
            Description = "Hops of the longer line; 1 leaves it out.",
            DefaultValueFactory = _ => 5,
        };
        var size = Size();
        var rate = new Option<double>("--rate")
        {
            Description = "Messages a second of the open loop.",
            DefaultValueFactory = _ => 1000,
        };
        var single = new Option<long>("--messages")
        {
            Description = "Messages of a run, one at a time.",
            DefaultValueFactory = _ => 5000,
        };
        AtLeast(hops, 1);
        var command = new Command(
            "latency",
            "Delay over real processes and 1 to 5 hops, one message at a time and at a rate: FloodActors, "
            + "DistributedPubSub.")
        {
            hops, size, rate, single, Runs, WarmUp, Seconds, MessageId, Json, Output,
        };
        command.SetAction(async (parsed, _) =>
        {
            var result = await LatencyCommand.Run(
                new LatencyOptions
                {
                    Hops = parsed.GetValue(hops),
                    Size = parsed.GetValue(size),
                    Rate = parsed.GetValue(rate),
                    Messages = parsed.GetValue(single),
                    Runs = parsed.GetValue(Runs),
                    WarmUpSeconds = parsed.GetValue(WarmUp),
                    Seconds = parsed.GetValue(Seconds),
                    MessageId = parsed.GetValue(MessageId)!,
                },
                Line(parsed));
            Report.Write(result, LatencyCommand.Format(result), parsed.GetValue(Json), parsed.GetValue(Output));
            return result.Failures.Count > 0 ? 1 : 0;
        });
        return command;
    }

    private static Command InProcessVerb()
    {
        var nodes =
            new Option<int>("--nodes") { Description = "Floods in one actor system.", DefaultValueFactory = _ => 1000 };
        var degree = new Option<int>("--degree") { Description = "Links of each.", DefaultValueFactory = _ => 5 };
        var seed = new Option<int>("--seed") { Description = "Of the graph.", DefaultValueFactory = _ => 1 };
        var size = Size();
        var outstanding = new Option<int>("--outstanding")
        {
            Description = "Messages under way at a time.",
            DefaultValueFactory = _ => 512,
        };
        AtLeast(outstanding, 16);
        var command = new Command(
            "inprocess", "Receives per second of many floods in one process, linked as a random regular graph.")
        {
            nodes, degree, seed, size, outstanding, Runs, WarmUp, Seconds, MessageId, Json, Output,
        };
        command.SetAction(async (parsed, _) =>
        {
            var result = await InProcessCommand.Run(
                new InProcessOptions
                {
                    Nodes = parsed.GetValue(nodes),
                    Degree = parsed.GetValue(degree),
                    Seed = parsed.GetValue(seed),
                    Size = parsed.GetValue(size),
                    Outstanding = parsed.GetValue(outstanding),
                    Runs = parsed.GetValue(Runs),
                    WarmUpSeconds = parsed.GetValue(WarmUp),
                    Seconds = parsed.GetValue(Seconds),
                    MessageId = parsed.GetValue(MessageId)!,
                },
                Line(parsed));
            Report.Write(result, InProcessCommand.Format(result), parsed.GetValue(Json), parsed.GetValue(Output));
            return 0;
        });
        return command;
    }

    private static Command TopicsVerb()
    {
        var processes = OneOf(
            "--processes",
            "What to measure with publisher and subscribers in processes of their own: typed topics, with so many "
            + "processes as --nodes says; or keys, with two.", "none", "typed", "keys");
        var command = new Command(
            "topics", "Typed topics next to DistributedPubSub with the same record; keys with a slow subscriber.")
        {
            Runs, Seconds, Nodes, processes, Json, Output,
        };
        command.SetAction(async (parsed, _) =>
        {
            var (runs, seconds) = (parsed.GetValue(Runs), parsed.GetValue(Seconds));
            switch (parsed.GetValue(processes))
            {
                case "typed":
                    var typed = await TopicsCommand.RunTyped(runs, seconds, parsed.GetValue(Nodes)!, Line(parsed));
                    Report.Write(
                        typed, ProcessesCommand.Format(typed), parsed.GetValue(Json), parsed.GetValue(Output));
                    return typed.Failed ? 1 : 0;
                case "keys":
                    var keys = await KeysProcesses.Run(seconds, Line(parsed));
                    Report.Write(keys, KeysProcesses.Format(keys), parsed.GetValue(Json), parsed.GetValue(Output));
                    return 0;
            }
            var result = await TopicsCommand.Run(runs, seconds, Line(parsed));
            Report.Write(result, TopicsCommand.Format(result), parsed.GetValue(Json), parsed.GetValue(Output));
            return 0;
        });
        return command;
    }

    private static Command MicroVerb()
    {
        var filter = new Option<string>("--filter")
        {
            Description = "Which benchmarks: *Core*, *Frame*, *Seen*, *Payload*, *ContentHash*.",
            DefaultValueFactory = _ => "*",
        };
        var full = new Option<bool>("--full")
        {
            Description = "BenchmarkDotNet's default job instead of the short one: slower, and closer.",
        };
        var command = new Command(
            "micro",
            "BenchmarkDotNet: the core, frames, seen-sets, payloads, hashes; time and memory of one operation.")
        {
            filter, full, Json, Output
        };
        command.SetAction(parsed =>
        {
            var result = MicroCommand.Run(parsed.GetValue(filter)!, parsed.GetValue(full), Line(parsed));
            Report.Write(result, MicroCommand.Format(result), parsed.GetValue(Json), parsed.GetValue(Output));
            return result.Rows.Count > 0 ? 0 : 1;
        });
        return command;
    }

    private static Command MemoryVerb()
    {
        var messages = new Option<long>("--messages")
        {
            Description = "Messages of the sequence history.",
            DefaultValueFactory = _ => 100_000_000,
        };
        var origins =
            new Option<int>("--origins") { Description = "Origins they come from.", DefaultValueFactory = _ => 10_000 };
        var command = new Command(
            "memory",
            "Bytes per buffered message, peer and seen id, on the wire beside a payload, "
            + "and of a sequence history of 10^8 messages.")
        {
            messages, origins, Json, Output
        };
        command.SetAction(async (parsed, _) =>
        {
            var result = await MemoryCommand.Run(parsed.GetValue(messages), parsed.GetValue(origins), Line(parsed));
            Report.Write(result, MemoryCommand.Format(result), parsed.GetValue(Json), parsed.GetValue(Output));
            return 0;
        });
        return command;
    }

    private static Command PlotVerb()
    {
        var input = new Option<FileInfo>("--input")
        {
            Description = "What --output of processes or scale wrote.",
            Required = true,
        };
        var folder = new Option<DirectoryInfo>("--to")
        {
            Description = "Folder for the SVGs.",
            DefaultValueFactory = _ => new DirectoryInfo("docs/images"),
        };
        var command = new Command("plot", "Draws throughput, or CPU and delay at everyday rates, as SVG.")
        {
            input, folder,
        };
        command.SetAction(parsed =>
        {
            foreach (var path in PlotCommand.Run(parsed.GetValue(input)!, parsed.GetValue(folder)!))
                Console.Out.WriteLine(path);
            return 0;
        });
        return command;
    }

    private static Command WorkerVerb()
    {
        var command = new Command("worker", "One node; led by lines on stdin.") { Hidden = true };
        command.SetAction((_, _) => Worker.Run());
        return command;
    }

    private static Command KeysWorkerVerb()
    {
        var command = new Command(KeysWorker.Verb, "Publisher or subscriber of keys; led by lines on stdin.")
        {
            Hidden = true,
        };
        command.SetAction((_, _) => KeysWorker.Run());
        return command;
    }

    private static Option<int> Size()
    {
        var size = new Option<int>("--size")
        {
            Description = "Bytes of a message, at least 16.",
            DefaultValueFactory = _ => 100,
        };
        AtLeast(size, TestMessage.MinSize);
        return size;
    }

    private static Option<string[]> SystemsOption()
    {
        var names = Contestant.Kinds.Select(kind => kind.Name).ToArray();
        var option = new Option<string[]>("--systems")
        {
            Description = "Which systems take part.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => names,
        };
        option.AcceptOnlyFromAmong(names);
        return option;
    }

    private static Option<string> OneOf(string name, string description, params string[] values)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => values[0] };
        option.AcceptOnlyFromAmong(values);
        return option;
    }

    private static void AtLeast(Option<int> option, int least) => option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() < least) result.AddError($"{option.Name}: at least {least}");
    });

    /// <summary>The command as it can be typed again.</summary>
    private static string Line(ParseResult parsed) => "dotnet run -c Release --project bench/FloodActors.Benchmarks "
        + "-- " + string.Join(' ', parsed.Tokens.Select(token => token.Value));
}
