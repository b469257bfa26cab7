using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;

namespace FloodActors.Host.Demo;

/// <summary>One of the demo's processes, seen from the demo.</summary>
internal sealed class DemoChild : IDisposable
{
    private readonly Process _process;
    private readonly Channel<string> _answers = Channel.CreateUnbounded<string>();
    private readonly Action _progressed;
    private int _held;

    public DemoChild(int index, DemoOptions options, Action progressed)
    {
        _progressed = progressed;
        Name = $"node-{index + 1}";
        _process = Process.Start(Command(index, options))
            ?? throw HostException.Failed("the processes of the demo cannot be started.");
        _ = ReadAll();
    }

    public string Name { get; }

    /// <summary>Messages that it holds, by its last report.</summary>
    public int Held => Volatile.Read(ref _held);

    public bool HasEnded => _process.HasExited;

    public Task Tell(string line) => _process.StandardInput.WriteLineAsync(line);

    /// <summary>Waits for an answer that begins with a word; returns the other words.</summary>
    public async Task<string[]> Answer(string word, CancellationToken cancellation)
    {
        try
        {
            var line = (await _answers.Reader.ReadAsync(cancellation)).Split(' ');
            return line[0] == word ? line[1..]
                : throw HostException.Failed($"{Name} said '{string.Join(' ', line)}' instead of '{word}'.");
        }
        catch (ChannelClosedException)
        {
            throw HostException.Failed(
                $"{Name} ended by itself{(_process.WaitForExit(1000) ? $" with exit code {_process.ExitCode}" : "")}.");
        }
    }

    /// <summary>Ends the process: by the end of its input, and if that does not work, by force.</summary>
    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The process has ended already, and something was still to be written to it.
        }
        if (!_process.WaitForExit(3000)) _process.Kill();
        _process.Dispose();
    }

    private async Task ReadAll()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("held ", StringComparison.Ordinal))
            {
                Volatile.Write(ref _held, int.Parse(line.AsSpan(5), CultureInfo.InvariantCulture));
                _progressed();
            }
            else
            {
                _answers.Writer.TryWrite(line);
            }
        }
        _answers.Writer.TryComplete();
        _progressed();
    }

    /// <summary>Starts this program again: its executable, or the dotnet that runs it.</summary>
    private static ProcessStartInfo Command(int index, DemoOptions options)
    {
        var program = Environment.ProcessPath
            ?? throw HostException.Failed("the path of this program is not known, so it cannot be started again.");
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase))
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "FloodActors.Host.dll"));
        foreach (var argument in new[] { DemoNode.Verb, "--index", $"{index}", "--nodes", $"{options.Nodes}",
            "--messages", $"{options.Messages}", "--size", $"{options.Size}" })
            start.ArgumentList.Add(argument);
        return start;
    }
}
