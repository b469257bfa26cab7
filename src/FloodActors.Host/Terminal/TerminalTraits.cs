using Spectre.Console;
using Spectre.Console.Rendering;

namespace FloodActors.Host.Terminal;

/// <summary>The capabilities of standard output.</summary>
/// <param name="IsTerminal">Whether people look at it.</param>
/// <param name="CanMoveCursor">Whether it is a terminal that knows escape sequences.</param>
/// <param name="Colours">Whether it may be coloured: the same, and no <c>NO_COLOR</c>.</param>
/// <param name="CanEdit">Whether lines can be typed below what is printed: the same, and standard input is the
/// terminal, too.</param>
internal sealed record TerminalTraits(bool IsTerminal, bool CanMoveCursor, bool Colours, bool CanEdit)
{
    private const int DefaultWidth = 80;
    private const int LeastWidth = 20;

    /// <summary>A pipe or a file.</summary>
    public static TerminalTraits None { get; } = new(false, false, false, false);

    public static TerminalTraits Detect() =>
        Of(
            Console.IsInputRedirected,
            Console.IsOutputRedirected,
            KnowsEscapes(),
            Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <param name="inputRedirected">Whether standard input is no terminal.</param>
    /// <param name="outputRedirected">Whether standard output is no terminal.</param>
    /// <param name="canMoveCursor">Whether the terminal knows escape sequences.</param>
    /// <param name="noColor">See no-color.org: anything but the empty text turns colours off.</param>
    public static TerminalTraits Of(bool inputRedirected, bool outputRedirected, bool canMoveCursor, string? noColor) =>
        outputRedirected
            ? None
            : new TerminalTraits(
                true, canMoveCursor, canMoveCursor && string.IsNullOrEmpty(noColor), canMoveCursor && !inputRedirected);

    /// <summary>
    /// The columns of the terminal. Some terminals report none: a serial line, or a terminal that is still being set
    /// up.
    /// </summary>
    public static int Width()
    {
        try
        {
            return WidthOf(Console.WindowWidth);
        }
        catch (Exception e) when (e is IOException or PlatformNotSupportedException or ArgumentException)
        {
            return DefaultWidth;
        }
    }

    public static int WidthOf(int columns) => columns <= 0 ? DefaultWidth : Math.Max(columns, LeastWidth);

    /// <summary>The columns that a text takes.</summary>
    public static int Cells(string text) => text.Length == 0 ? 0 : new Segment(text).CellCount();

    private static bool KnowsEscapes()
    {
        if (OperatingSystem.IsWindows()) return AnsiConsole.Profile.Capabilities.Ansi;
        return Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
    }
}
