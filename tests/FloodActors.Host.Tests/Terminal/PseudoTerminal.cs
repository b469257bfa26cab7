using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FloodActors.Host.Tests.Terminal;

/// <summary>The program at a terminal: keys in, and what is then on the screen.</summary>
internal sealed class PseudoTerminal : IAsyncDisposable
{
    private const int ReadWrite = 2;
    private const int NoControllingTerminal = 0x100;
    private const nuint SetWindowSize = 0x5414;

    private readonly FileStream _master;
    private readonly Process _process;
    private readonly VirtualScreen _screen;
    private readonly Thread _reading;

    private PseudoTerminal(FileStream master, Process process, VirtualScreen screen)
    {
        (_master, _process, _screen) = (master, process, screen);
        _reading = new Thread(Read) { IsBackground = true };
        _reading.Start();
    }

    public string Name { get; private init; } = "";

    /// <summary>HOST:PORT of the node.</summary>
    public string Address =>
        Rows.First(row => row.StartsWith("* listening on ", StringComparison.Ordinal)).Split(' ')[3];

    /// <summary>What is on the screen, and what has left it at the top; without blanks at the end of a row.</summary>
    public IReadOnlyList<string> Rows => _screen.Rows;

    /// <summary>All bytes that came, escape sequences included.</summary>
    public string Raw => _screen.Raw;

    /// <summary>Starts the program and waits for nothing.</summary>
    public static PseudoTerminal Run(int columns, Dictionary<string, string> environment, params string[] arguments)
    {
        var descriptor = posix_openpt(ReadWrite | NoControllingTerminal);
        Assert.True(
            descriptor >= 0 && grantpt(descriptor) == 0 && unlockpt(descriptor) == 0,
            "This machine has no pseudo terminals.");
        var size = new WindowSize { Rows = 50, Columns = (ushort)columns };
        Assert.Equal(0, ioctl(descriptor, SetWindowSize, ref size));
        var slave = Marshal.PtrToStringAnsi(ptsname(descriptor))!;
        var command = FloodProgram.Command(arguments);
        var start = new ProcessStartInfo(
            "sh", ["-c", $"exec \"$@\" <{slave} >{slave} 2>{slave}", "sh", command.FileName, .. command.ArgumentList]);
        start.Environment["TERM"] = "xterm";
        start.Environment.Remove("NO_COLOR");
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var master = new FileStream(
            new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.ReadWrite, bufferSize: 0);
        return new PseudoTerminal(master, Process.Start(start)!,
            new VirtualScreen(columns)) { Name = string.Join(' ', arguments) };
    }

    /// <summary>Starts a node and waits for its prompt.</summary>
    public static async Task<PseudoTerminal> StartNode(int columns, params string[] arguments)
    {
        var terminal = Run(columns, [], ["run", .. arguments]);
        await terminal.Until("the prompt is there", () => terminal.Rows[^1] == ">");
        return terminal;
    }

    public void Type(string keys)
    {
        _master.Write(Encoding.UTF8.GetBytes(keys));
        _master.Flush();
    }

    public Task Shows(string row) => Until($"a row is '{row}'", () => Rows.Contains(row));

    public async Task Until(string what, Func<bool> condition)
    {
        var deadline = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!condition())
        {
            if (deadline.Elapsed.TotalSeconds > 30)
                Assert.Fail($"{Name}: within 30 s it did not hold that {what}.\n{string.Join('\n', Rows)}");
            await timer.WaitForNextTickAsync();
        }
    }

    public async Task<int> Ended()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _process.WaitForExitAsync(timeout.Token);
        _reading.Join();
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _reading.Join();
        _process.Dispose();
        await _master.DisposeAsync();
    }

    private void Read()
    {
        var buffer = new byte[4096];
        try
        {
            while (_master.Read(buffer) is var count and > 0) _screen.Write(buffer.AsSpan(0, count));
        }
        catch (IOException)
        {
            // The other side is closed: that is how Linux says so.
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort Width;
        public ushort Height;
    }

    [DllImport("libc")]
    private static extern int posix_openpt(int flags);

    [DllImport("libc")]
    private static extern int grantpt(int descriptor);

    [DllImport("libc")]
    private static extern int unlockpt(int descriptor);

    [DllImport("libc")]
    private static extern nint ptsname(int descriptor);

    [DllImport("libc")]
    private static extern int ioctl(int descriptor, nuint request, ref WindowSize size);
}
