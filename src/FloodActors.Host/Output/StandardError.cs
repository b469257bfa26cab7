namespace FloodActors.Host.Output;

/// <summary>
/// Standard error, line by line: the program's own errors and its log. Every line is made safe here, and is printed
/// above the prompt of a terminal that has one.
/// </summary>
internal static class StandardError
{
    private static volatile Terminal.PromptScreen? _screen;

    /// <summary>From now on lines go through a screen; null: no longer.</summary>
    public static void Through(Terminal.PromptScreen? screen) => _screen = screen;

    public static void WriteLine(string line)
    {
        var safe = Printable.Of(line);
        if (_screen is { } screen) screen.Above(() => Write(safe));
        else Write(safe);
    }

    private static void Write(string line)
    {
        try
        {
            Console.Error.WriteLine(line);
        }
        catch (IOException)
        {
            // Standard error cannot be written either: there is no way left to report it.
        }
    }
}
